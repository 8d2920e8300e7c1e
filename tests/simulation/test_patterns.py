from moto.events.models import EventPattern

from local.runtime.stream import plain
from tests.simulation.patterns import matcher_of
from tests.simulation.world import Town, open_town


def test_the_streams_filters_take_what_moto_takes() -> None:
    taken = 0

    def compare(town: Town) -> None:
        nonlocal taken
        for change in town.bundle.aws.table.changes:
            for pattern in (one for stream in town.bundle.streams for one in stream.filters):
                is_taken = EventPattern(None, pattern).matches_event(plain(change))
                assert matcher_of(pattern)(change) is is_taken
                taken += is_taken

    with open_town("usual", 1) as town:
        town.live()
        compare(town)

    assert taken
