"""400 days of history, read beside the present and told to nobody."""

from datetime import date, datetime, timedelta

from local.simulators.jobs import Direction
from tests.e2e.conftest import START, OpenTown
from tests.e2e.test_feeds import PERIOD, covered, pauses, unsettled

HISTORY_DAYS = 400
# Every fifth, and those around the ends of windows.
DAYS_WITH_FAXES = sorted(
    {*range(0, HISTORY_DAYS, 5), *range(85, 95), *range(175, 185), *range(390, HISTORY_DAYS)}
)


def test_400_days_of_history_are_worked_off_beside_the_present_and_told_to_nobody(
    open_town: OpenTown,
) -> None:
    begin = START.date() - timedelta(days=HISTORY_DAYS)
    town = open_town(
        realm="", parameters={"GreenFaxHistoryFrom": begin.isoformat(), "TellFrom": "2020-01-01"}
    )
    for day in DAYS_WITH_FAXES:
        for direction in Direction:
            town.greenfax.remember(direction, noon(begin + timedelta(days=day)))
    news = [town.greenfax.send("12025550100") for _ in range(3)]
    # The present's first window is a week; all before is history.
    recent = 2 * sum(day >= HISTORY_DAYS - 6 for day in DAYS_WITH_FAXES)
    town.wait(minutes=12 * 60)

    assert min(pauses(town)) >= PERIOD
    assert {request.status for request in town.greenfax.feed_requests()} == {200}
    assert unsettled(town) == set()
    assert len(town.faxes()) == 2 * len(DAYS_WITH_FAXES) + len(news)
    last = START.date() - timedelta(days=3)
    assert {first for spans in covered(town).values() for first, _ in spans} == {begin.isoformat()}
    assert all(spans[-1][1] >= last.isoformat() for spans in covered(town).values())
    assert len(town.events.heard()) == recent + len(news)
    assert sum(fax.is_history for fax in town.faxes().values()) == 2 * len(DAYS_WITH_FAXES) - recent


def noon(day: date) -> datetime:
    return datetime.combine(day, START.time(), START.tzinfo)
