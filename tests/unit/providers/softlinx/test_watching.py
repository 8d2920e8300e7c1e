import pytest

from faxledger.providers.softlinx.watching import watched


@pytest.mark.parametrize(
    ("mode", "proving"),
    [
        ("push", ("outbound-sendfailed", "outbound-failed", "outbound-sent", "inbound")),
        ("poll-only", ("outbound", "inbound")),
    ],
)
def test_the_queries_of_every_run_prove_that_nothing_is_missing(mode: str, proving: tuple[str, ...]) -> None:
    assert watched({"SOFTLINX_MODE": mode, "SOFTLINX_LISTENS": "true"}, "acme").proving == proving


def test_where_nobody_listens_no_push_is_waited_for() -> None:
    often = watched({"SOFTLINX_MODE": "poll-only", "SOFTLINX_LISTENS": "false"}, "acme")
    assert (often.pushes, often.repeats_for) == ((), None)
