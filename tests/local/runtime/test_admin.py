"""The door for `faxledger run`: open to this machine's commands and not to pages in its browser."""

from pathlib import Path

import pytest

from local.runtime.bundle import Bundle
from local.runtime.clock import VirtualClock
from tests.e2e.conftest import ACCOUNTS, START
from tests.support import plain_http


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_what_a_page_can_send_without_asking_runs_nothing(tmp_path: Path, content_type: str) -> None:
    clock = VirtualClock(START)
    given = {"SoftlinxRealm": "Acme"}
    with Bundle(clock, parameters=given, secrets=ACCOUNTS.secrets(), log=tmp_path / "log") as bundle:
        url = f"{bundle.admin_url}/functions/query_faxes/invocations"
        headers = {"content-type": content_type} if content_type else {}
        answer = plain_http.post(url, content="{}", headers=headers)
        assert answer.status_code == 400
        assert (tmp_path / "log").read_text() == ""
