"""Where another system keeps the marks, a query can go on where another stopped, and skips nothing."""

from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from faxledger.domain.fax import FaxId
from faxledger.providers.softlinx.account import SoftlinxAccount
from faxledger.providers.softlinx.api import SoftlinxApi
from faxledger.providers.softlinx.marking import Mode, SoftlinxMarking
from faxledger.usecases.ports.marking import OfferedPage
from local.show.simulators.softlinx import SoftlinxSimulator

FAXES = 150


def marking(api: SoftlinxApi, *, marks_faxes: bool) -> SoftlinxMarking:
    account = SoftlinxAccount("acme", ZoneInfo("America/New_York"), marks_faxes=marks_faxes)
    return SoftlinxMarking(account, api, Mode.POLL_ONLY)


def faxes_of(*pages: OfferedPage) -> set[FaxId]:
    return {report.fax for page in pages for report in page.reports}


@pytest.mark.parametrize("read", [1, 2, 3])
def test_a_query_goes_on_behind_the_last_page_that_was_read(
    simulator: SoftlinxSimulator, api: SoftlinxApi, read: int
) -> None:
    simulator.seed_finished(FAXES)
    provider = marking(api, marks_faxes=False)
    with provider.session() as session:
        before = list(islice(session.pages(provider.offers[0]), read))
        after = list(session.pages(provider.offers[0], after=before[-1].position))

    assert len(faxes_of(*before, *after)) == FAXES
    # At most what was created within a second of the last one is read twice.
    assert len(faxes_of(*before) & faxes_of(*after)) < len(faxes_of(*before[:1]))


def test_where_marks_are_set_there_is_no_position(simulator: SoftlinxSimulator, api: SoftlinxApi) -> None:
    simulator.seed_finished(FAXES)
    provider = marking(api, marks_faxes=True)
    with provider.session() as session:
        assert {page.position for page in session.pages(provider.offers[0])} == {None}
