"""What the terminal shows of a fax, live and in lines."""

import re
from io import StringIO

import pytest
from rich.console import Console

from faxledger.domain.fax import FailureClass
from local.runtime.stream import Record
from local.show.screen import LiveScreen, PlainScreen, screen_for
from tests.e2e.conftest import START

KEYS = {"pk": {"S": "FAX#softlinx#outbound#acme#33"}, "sk": {"S": "STATUS"}}


def sighting(source: str, status: str | None, word: str) -> dict[str, object]:
    fields = {"source": source, "word": word, "at": "2026-11-23T13:00:00.000Z"}
    if status:
        fields["status"] = status
    return {"M": {**{name: {"S": text} for name, text in fields.items()}, "given": {"M": {}}}}


BARE = {**KEYS, "version": {"N": "1"}, "provider": {"S": "softlinx"}}
SETTLED = {
    **BARE,
    "final_status": {"S": "sent"},
    "settled_at": {"S": "2026-11-23T13:00:00.000Z"},
    "settled_by": {"S": "callback"},
    "sighting_callback": sighting("callback", "sent", "sent"),
    "duty_mark": {"S": "pending"},
}
MARKED = {**SETTLED, "duty_mark": {"S": "done"}}
DISPUTED = {**MARKED, "conflict": sighting("poll", "failed", "sendFailed")}
PUZZLING = {**BARE, "unsettling_callback": sighting("callback", None, "sentPending")}


def change(old: object, new: object) -> Record:
    return {"dynamodb": {"Keys": KEYS, "OldImage": old, "NewImage": new}}


def plain(*records: Record) -> str:
    output = StringIO()
    with PlainScreen(Console(file=output), lambda: START) as screen:
        for record in records:
            screen.watch(record)
    return output.getvalue()


@pytest.mark.parametrize(
    ("old", "new", "news"),
    [
        (None, SETTLED, "sent by callback"),
        (PUZZLING, SETTLED, "sent by callback"),
        (None, PUZZLING, "heard callback “sentPending”"),
        (SETTLED, MARKED, "marked"),
        (MARKED, DISPUTED, "conflict: failed by poll"),
    ],
)
def test_each_piece_of_news_is_a_line(old: object, new: object, news: str) -> None:
    assert plain(change(old, new)) == f"23 Nov 13:00:00  {'softlinx.outbound.acme.33':<36}  {news}\n"


def test_what_is_no_news_is_no_line() -> None:
    claim = {"dynamodb": {"Keys": {"pk": {"S": "CLAIM#x"}, "sk": {"S": "CLAIM"}}, "NewImage": {}}}
    assert plain(change(SETTLED, SETTLED), change(None, KEYS), change(SETTLED, None), claim) == ""


def live(width: int, *records: Record) -> list[str]:
    """The last lines of the terminal, without colours."""
    output = StringIO()
    screen = screen_for(Console(file=output, force_terminal=True, width=width, height=30), lambda: START)
    assert isinstance(screen, LiveScreen)
    with screen:
        for record in records:
            screen.watch(record)
        screen.finish("the account")
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output.getvalue()).replace("\r", "")
    return ("Mon 23 Nov" + shown.rpartition("Mon 23 Nov")[2]).splitlines()


@pytest.mark.parametrize("width", [80, 99, 100, 130])
def test_the_table_follows_a_fax_on_every_terminal(width: int) -> None:
    title, header, row, *_, last = live(width, change(None, SETTLED), change(MARKED, DISPUTED))
    assert "1 fax, 1 settled" in title
    is_wide = width >= 100
    heard, sources = (["heard", "from"], ["callback"]) if is_wide else ([], [])
    assert header.split() == ["since", "fax", "status", "by", "marked", "what", "is", "wrong", *heard]
    wrong = ["poll:", "failed"] if is_wide else ["or", "failed?"]
    assert row.split() == ["13:00", "softlinx.outbound.acme.33", "sent", "callback", "yes", *wrong, *sources]
    assert last == "the account"


def test_the_longest_words_fit_into_a_terminal_of_80_columns() -> None:
    longest = {**SETTLED, "pk": {"S": "FAX#greenfax#outbound#12345#8591334"}, "provider": {"S": "greenfax"}}
    disputed = {**MARKED, "conflict": sighting("callback", "received_partial", "recvIncomplete")}
    lines = {width: live(width, change(None, longest), change(MARKED, disputed)) for width in (80, 100)}
    assert all(len(line) <= width for width, shown in lines.items() for line in shown)
    for width, wrong in ((80, "or partial?"), (100, "callback: partial")):
        assert any(line.rstrip().endswith(wrong) or f"{wrong} " in line for line in lines[width])
        assert any("greenfax.outbound.12345.8591334 " in line for line in lines[width])


def test_of_a_long_name_the_end_shows_which_tells_faxes_apart() -> None:
    realm = "the-clinic-at-the-lakeside"
    named = {**SETTLED, "pk": {"S": f"FAX#softlinx#outbound#{realm}#33"}}
    assert any(
        "…utbound.the-clinic-at-the-lakeside.33"[-30:] in line for line in live(80, change(None, named))
    )


@pytest.mark.parametrize("failure_class", FailureClass)
def test_why_a_fax_has_failed_shows_in_80_columns(failure_class: FailureClass) -> None:
    failed = {
        **SETTLED,
        "final_status": {"S": "failed"},
        "failure_class": {"S": failure_class},
        "sighting_callback": sighting("callback", "failed", "sendFailed"),
    }
    _, _, row, *_ = live(80, change(None, failed))
    assert row.rstrip().endswith(failure_class.replace("_", " "))


def test_a_fax_of_another_day_shows_the_day() -> None:
    past = {**SETTLED, "settled_at": {"S": "2026-11-20T13:00:00.000Z"}}
    _, _, row, *_ = live(80, change(None, past))
    assert row.startswith("20 Nov softlinx")


def test_what_was_given_up_shows() -> None:
    no_mark, no_document = (
        {**SETTLED, "duty_mark": {"S": "given_up"}},
        {**SETTLED, "duty_store": {"S": "given_up"}},
    )
    assert any("given up" in line for line in live(80, change(SETTLED, no_mark)))
    assert any("no document" in line for line in live(80, change(SETTLED, no_document)))
    assert plain(change(SETTLED, no_mark)).endswith("  its mark is given up\n")
    assert plain(change(SETTLED, no_document)).endswith("  its document is given up\n")
