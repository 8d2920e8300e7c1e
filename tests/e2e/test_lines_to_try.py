"""The commands that are printed at the start work as they are printed."""

import shlex
import subprocess
from contextlib import redirect_stdout
from io import StringIO

from cli.main import main
from local.runtime.our_accounts import OurAccounts
from local.show.welcome_text import lines_to_try, sending_lines, welcome_text
from tests.e2e.conftest import ACCOUNTS, OpenTown, Town

FAILED = "/faxes/softlinx.outbound.acme.900001"
SENT = "/faxes/softlinx.outbound.acme.900002"
GREENFAX = "/faxes/greenfax.outbound.12345.9000001"


def run(town: Town, what: str, **ids: str) -> str:
    line = (lines_to_try(town.bundle, ACCOUNTS) | sending_lines(town.bundle))[what]
    assert line in welcome_text(town.bundle, ACCOUNTS, is_simulated=True)
    for name, fax_id in ids.items():
        line = line.replace(name, fax_id)
    if line.startswith("faxledger "):
        with redirect_stdout(StringIO()) as output:
            assert main(shlex.split(line)[1:]) == 0
        return output.getvalue()
    done = subprocess.run(["bash", "-c", f"{line} --silent --noproxy '*'"], capture_output=True, check=True)
    return done.stdout.decode()


def test_callbacks_change_what_is_answered(town: Town) -> None:
    assert [town.get(path).status_code for path in (FAILED, SENT, GREENFAX)] == [404, 404, 404]
    assert run(town, "Softlinx says that a fax has failed") == "OK\n"
    assert run(town, "Softlinx says that another was sent") == "OK\n"
    assert run(town, "GreenFax says that a fax was sent") == "OK\n"
    failed, sent, greenfax = (town.get(path).json() for path in (FAILED, SENT, GREENFAX))
    assert (failed["status"], failed["settled_by"], failed["failure"]["class"]) == (
        "failed",
        "callback",
        "busy",
    )
    assert (sent["status"], sent["pages"]) == ("sent", 3)
    assert (greenfax["status"], greenfax["settled_by"], greenfax["cost_usd"]) == ("sent", "notify", "0.10")
    shown = run(town, "what became of one fax, and how we know")
    assert "softlinx.outbound.acme.900001" in shown
    assert "failed as busy" in shown
    (listed,) = run(town, "what failed").splitlines()
    assert listed.split()[-1] == "softlinx.outbound.acme.900001"


def test_a_fax_is_sent_fails_and_is_sent_once_more(town: Town) -> None:
    sent = run(town, "send a fax: to a number in 0001 it fails, to one in 0100 it goes through")
    (submission,) = sent.split()
    town.wait(minutes=15)
    assert "failed as busy" in run(town, "how far it has come", SUBMISSION=submission)
    failed = town.get(f"/faxes/{submission}").json()["id"]
    again = run(town, "when it has failed, some minutes later: once more, to another number", FAX=failed)
    town.wait(minutes=15)
    assert town.get(f"/faxes/{again.strip()}").json()["status"] == "sent"


def test_nothing_is_suggested_to_be_sent_through_a_real_provider(town: Town) -> None:
    assert sending_lines(town.bundle)
    assert "faxledger send" not in welcome_text(town.bundle, ACCOUNTS, is_simulated=False)


def test_all_but_commands_and_addresses_fits_into_80_columns(town: Town) -> None:
    text = welcome_text(town.bundle, ACCOUNTS, is_simulated=True)
    # Where a provider and the log are is up to whoever asks.
    lines = [line for line in text.splitlines() if not line.startswith(("  curl ", "  faxledger ", "  log "))]
    assert [line for line in lines if len(line) > 80 and "/softlinx/" not in line] == []


def test_what_is_printed_holds_no_password_but_the_simulators(town: Town) -> None:
    assert "faxledger / not-a-secret" in welcome_text(town.bundle, ACCOUNTS, is_simulated=True)
    own = OurAccounts.from_env({"SOFTLINX_PASSWORD": "correct-horse", "GREENFAX_PASSWORD": "battery-staple"})
    text = welcome_text(town.bundle, own, is_simulated=False)
    assert "correct-horse" not in text
    assert "battery-staple" not in text


def test_each_provider_alone_has_lines_of_its_own(open_town: OpenTown) -> None:
    lines = lines_to_try(open_town(realm="").bundle, ACCOUNTS)
    assert not any("softlinx" in line for line in lines.values())
    assert any("greenfax.outbound.12345" in line for line in lines.values())
