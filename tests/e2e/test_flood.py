"""More callbacks than the stage's throttle lets in, as fast as they can come."""

from collections import Counter

from werkzeug.test import Client

from tests.e2e.conftest import ACCOUNTS, OpenTown

WRONG = "/callbacks/softlinx/" + "x" * 48
REAL = f"/callbacks/softlinx/{ACCOUNTS.softlinx_token}"
SENT = {"FaxId": "33", "FaxStatus": "sent"}


def test_ten_thousand_at_once_are_one_burst_and_a_second_later_real_ones_are_taken(
    open_town: OpenTown,
) -> None:
    town = open_town(parameters={"ThrottleRate": "50", "ThrottleBurst": "100"})
    client = Client(town.bundle.api)
    answers = Counter(client.post(WRONG, data=SENT).status_code for _ in range(10_000))
    assert answers == {404: 100, 429: 9_900}
    assert town.faxes() == {}
    town.wait(minutes=1 / 60)
    assert client.post(REAL, data=SENT).status_code == 200
    assert list(town.faxes()) == ["softlinx.outbound.acme.33"]


def test_by_default_a_flood_below_the_throttle_leaves_room_for_real_ones(open_town: OpenTown) -> None:
    """Ten thousand a minute are 167 a second."""
    town = open_town()
    client = Client(town.bundle.api)
    for second in range(3):
        assert Counter(client.post(WRONG, data=SENT).status_code for _ in range(167)) == {404: 167}
        assert client.post(REAL, data={**SENT, "FaxId": str(second + 1)}).status_code == 200
        town.wait(minutes=1 / 60)
    assert len(town.faxes()) == 3
