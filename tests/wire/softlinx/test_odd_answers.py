"""Answers that follow the protocol and yet are odd: what both clients make of them."""

import pytest

from faxledger.domain.fax import Direction
from faxledger.errors import (
    AnswerLost,
    LoginRefused,
    ProviderAnswerUnreadable,
    ProviderError,
    ProviderRefused,
)
from faxledger.providers.softlinx.api import SoftlinxApi
from faxledger.providers.softlinx.orders import FaxOrder, FaxRecipient
from tests.support.scripted_server import http
from tests.wire.softlinx.speakers import Call, Rest, Speaker

OUTBOUND = Direction.OUTBOUND
SENT = {"FaxId": "33", "FaxStatus": "sent"}
FAILED = {"FaxId": "33", "FaxStatus": "sendFailed"}
OTHER = {"FaxId": "34", "FaxStatus": "sent"}


def queried(api: SoftlinxApi) -> list[dict[str, str]]:
    with api.session() as session:
        return [dict(row) for page in session.query(OUTBOUND) for row in page.rows]


def sent_to(api: SoftlinxApi, *numbers: str) -> list[tuple[str | None, str | None, str]]:
    order = FaxOrder(recipients=tuple(FaxRecipient(number) for number in numbers))
    with api.session() as session:
        return [(hand.number, hand.fax_id, hand.error_code) for hand in session.send(order)]


def test_unknown_fields_are_kept_and_absent_ones_are_absent(speaker: Speaker) -> None:
    speaker.says(Call.QUERY, speaker.rows(Call.QUERY, {"FaxId": "33", "Novelty": "1"}))

    assert queried(speaker.api) == [{"FaxId": "33", "Novelty": "1"}]


def test_a_fax_that_is_there_twice_is_given_on_twice_whatever_its_status(speaker: Speaker) -> None:
    speaker.says(Call.QUERY, speaker.rows(Call.QUERY, SENT, FAILED))

    assert queried(speaker.api) == [SENT, FAILED]


def test_a_fax_that_was_asked_for_and_contradicts_itself_is_unreadable(speaker: Speaker) -> None:
    speaker.says(Call.FIND, speaker.rows(Call.FIND, SENT, SENT), speaker.rows(Call.FIND, SENT, FAILED))

    with speaker.api.session() as session:
        assert session.find(OUTBOUND, "33") == SENT
        with pytest.raises(ProviderAnswerUnreadable, match="contradicts itself"):
            session.find(OUTBOUND, "33")


def test_an_answer_about_another_fax_is_unreadable(speaker: Speaker) -> None:
    speaker.says(Call.FIND, speaker.rows(Call.FIND, OTHER), speaker.rows(Call.FIND, SENT, OTHER))

    with speaker.api.session() as session:
        for _ in range(2):
            with pytest.raises(ProviderAnswerUnreadable, match="about another fax"):
                session.find(OUTBOUND, "33")


def test_a_mark_that_is_answered_about_another_fax_is_not_taken_for_set(rest: Rest) -> None:
    rest.says(Call.MARK, rest.rows(Call.MARK, OTHER))

    with rest.api.session() as session, pytest.raises(ProviderAnswerUnreadable, match="about another fax"):
        session.mark(OUTBOUND, "33")


def test_more_results_for_ever_end_the_query(speaker: Speaker) -> None:
    pages = [speaker.rows(Call.QUERY, {"FaxId": str(n)}, more=f"r-{n}") for n in range(50)]
    speaker.says(Call.QUERY, *pages)

    with pytest.raises(ProviderAnswerUnreadable, match="no end after 20 pages"):
        queried(speaker.api)
    assert speaker.asked(Call.QUERY) == 20


def test_a_page_that_comes_again_ends_the_query(speaker: Speaker) -> None:
    speaker.says(Call.QUERY, speaker.rows(Call.QUERY, SENT, OTHER, more="r"))

    with pytest.raises(ProviderAnswerUnreadable, match="the same page again"):
        queried(speaker.api)
    assert speaker.asked(Call.QUERY) == 2


def test_one_reference_for_the_whole_result_is_followed(speaker: Speaker) -> None:
    speaker.says(
        Call.QUERY, speaker.rows(Call.QUERY, SENT, more="r"), speaker.rows(Call.QUERY, {"FaxId": "35"})
    )

    assert [row["FaxId"] for row in queried(speaker.api)] == ["33", "35"]


def test_more_results_without_a_reference_end_the_query(speaker: Speaker) -> None:
    speaker.says(Call.QUERY, speaker.rows(Call.QUERY, SENT, more=""))

    with pytest.raises(ProviderAnswerUnreadable, match="no ResultsReference"):
        queried(speaker.api)


def test_a_reference_that_came_damaged_is_not_asked_with(rest: Rest) -> None:
    rest.says(Call.QUERY, rest.rows(Call.QUERY, SENT, more="r-\ud83d"))

    with pytest.raises(ProviderAnswerUnreadable, match="no ResultsReference"):
        queried(rest.api)
    assert rest.asked(Call.QUERY) == 1


@pytest.mark.parametrize("call", [Call.QUERY, Call.MARK])
def test_a_code_other_than_zero_is_a_refusal_at_http_200(speaker: Speaker, call: Call) -> None:
    speaker.says(call, speaker.refusal(call, "17", "No, Jane Canary"))

    with speaker.api.session() as session, pytest.raises(ProviderRefused) as refused:
        list(session.query(OUTBOUND)) if call is Call.QUERY else session.mark(OUTBOUND, "33")
    assert (refused.value.code, refused.value.text) == ("17", "No, Jane Canary")
    assert "Canary" not in str(refused.value)


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_an_unaccepted_login_stops_the_session(speaker: Speaker, status: str) -> None:
    speaker.says(Call.QUERY, http("", status=status))

    with speaker.api.session(patience=30) as session, pytest.raises(LoginRefused):
        list(session.query(OUTBOUND))
    assert speaker.asked(Call.QUERY) == 1


def test_what_is_unreadable_is_not_asked_for_again_but_in_smaller_pages(speaker: Speaker) -> None:
    speaker.says(Call.QUERY, http("<html/>"))

    with speaker.api.session(patience=30) as session, pytest.raises(ProviderAnswerUnreadable):
        list(session.query(OUTBOUND))
    # Of two faxes, of one, and both from the other end.
    assert speaker.asked(Call.QUERY) == 4


def test_a_fax_whose_answer_cant_be_read_costs_itself(speaker: Speaker) -> None:
    unread = http("<html/>")
    faxes = [{"FaxId": str(number), "FaxStatus": "sent"} for number in (1, 2, 4)]
    first, second, last = (speaker.rows(Call.QUERY, fax, more="r") for fax in faxes)
    speaker.says(Call.QUERY, unread, first, second, unread, unread, last, unread)

    with speaker.api.session() as session:
        pages = list(session.query(OUTBOUND))
    assert [row["FaxId"] for page in pages for row in page.rows] == ["1", "2", "4"]
    assert [one.raw for page in pages for one in page.broken] == [b"behind 2, before 4"]


def test_recipients_are_told_apart_by_their_numbers(speaker: Speaker) -> None:
    rows = (
        {"FaxId": "3", "FaxNumber": "12025550103"},
        {"FaxId": "1", "FaxNumber": "+1 (202) 555-0101"},
        {"FaxId": "2", "FaxNumber": "12025550102"},
    )
    speaker.says(Call.SEND, speaker.rows(Call.SEND, *rows))

    assert sent_to(speaker.api, "12025550101", "2025550102", "12025550103") == [
        ("12025550101", "1", ""),
        ("2025550102", "2", ""),
        ("12025550103", "3", ""),
    ]


def test_a_refused_recipient_and_a_missing_one_are_told_from_the_others(speaker: Speaker) -> None:
    rows = (
        {"FaxId": "1", "FaxNumber": "12025550101", "ErrorCode": "0"},
        {"FaxNumber": "12025550102", "ErrorCode": "31", "ErrorText": "no"},
    )
    speaker.says(Call.SEND, speaker.rows(Call.SEND, *rows))

    with speaker.api.session() as session:
        taken, refused, missing = session.send(
            FaxOrder(recipients=tuple(FaxRecipient(f"1202555010{n}") for n in (1, 2, 3)))
        )
    assert (taken.is_accepted, taken.is_refused, taken.is_unknown) == (True, False, False)
    assert (refused.is_accepted, refused.is_refused, refused.is_unknown) == (False, True, False)
    assert (missing.is_accepted, missing.is_refused, missing.is_unknown) == (False, False, True)


def test_a_fax_that_belongs_to_no_recipient_is_not_lost(speaker: Speaker) -> None:
    rows = ({"FaxId": "1", "FaxNumber": "12025550101"}, {"FaxId": "2", "FaxNumber": "13105550102"})
    speaker.says(Call.SEND, speaker.rows(Call.SEND, *rows))

    assert sent_to(speaker.api, "12025550101", "12025550102") == [
        ("12025550101", "1", ""),
        ("12025550102", None, ""),
        (None, "2", ""),
    ]


@pytest.mark.parametrize(
    ("number", "is_its"),
    [
        ("19999999999", False),
        ("+1 (202) 555-0109", False),
        ("2025550101", True),
        ("912025550101", True),
        ("5550101", True),
        ("", True),
        ("withheld", True),
    ],
)
def test_the_only_fax_of_an_answer_is_the_only_recipient_s_unless_it_went_to_another_number(
    speaker: Speaker,
    number: str,
    is_its: bool,  # noqa: FBT001 (a parameter of the test)
) -> None:
    speaker.says(Call.SEND, speaker.rows(Call.SEND, {"FaxId": "1", "FaxNumber": number}))

    ours, others = ("12025550101", "1", ""), [(None, "1", "")]
    assert sent_to(speaker.api, "12025550101") == ([ours] if is_its else [("12025550101", None, ""), *others])


def test_a_resend_answered_with_another_number_is_looked_for(rest: Rest) -> None:
    rest.says(Call.RESEND, rest.rows(Call.RESEND, {"FaxId": "34", "FaxNumber": "19999999999"}))

    with rest.api.session() as session, pytest.raises(AnswerLost):
        session.resend("33", "12025550101")


def test_what_was_accepted_beside_a_refusal_is_not_lost(speaker: Speaker) -> None:
    row = {"FaxId": "1", "FaxNumber": "12025550101"}
    speaker.says(Call.SEND, speaker.refusal(Call.SEND, "9", "not all", row))

    assert sent_to(speaker.api, "12025550101", "12025550102") == [
        ("12025550101", "1", ""),
        ("12025550102", None, "9"),
    ]


def test_rest_names_a_fax_it_does_not_have_by_404(rest: Rest) -> None:
    known = '{"RequestStatus": {"StatusCode": "5", "StatusText": "Fax not found"}}'
    rest.says(
        Call.FIND,
        http(known, status="404 Not Found", content_type="application/json"),
        http("<html>no such page</html>", status="404 Not Found", content_type="text/html"),
    )

    with rest.api.session() as session:
        assert session.find(OUTBOUND, "33") is None
        with pytest.raises(ProviderAnswerUnreadable):
            session.find(OUTBOUND, "33")


def test_a_bad_request_says_what_is_bad(rest: Rest) -> None:
    answer = '{"RequestStatus": {"StatusText": "Empty fax number"}}'
    rest.says(Call.SEND, http(answer, status="400 Bad Request", content_type="application/json"))

    with pytest.raises(ProviderRefused) as refused:
        sent_to(rest.api, "1")
    assert (refused.value.code, refused.value.text) == ("HTTP-400", "Empty fax number")


@pytest.mark.parametrize(
    ("rows", "number", "fax_id"),
    [
        ((), None, "33"),
        (({"FaxId": "33"},), None, "33"),
        (({"FaxId": "34", "FaxNumber": "1"},), "12025550101", "34"),
    ],
)
def test_a_resent_fax_goes_on_under_the_identifier_of_the_answer(
    rest: Rest, rows: tuple[dict[str, str], ...], number: str | None, fax_id: str
) -> None:
    rest.says(Call.RESEND, rest.rows(Call.RESEND, *rows))

    with rest.api.session() as session:
        assert session.resend("33", number) == fax_id


def test_a_refused_resend_is_a_refusal(rest: Rest) -> None:
    rest.says(
        Call.RESEND,
        rest.rows(Call.RESEND, {"FaxNumber": "1", "ErrorCode": "31"}),
        rest.refusal(Call.RESEND, "4", "no"),
    )

    with rest.api.session() as session:
        for code in ("31", "4"):
            with pytest.raises(ProviderError) as refused:
                session.resend("33")
            assert isinstance(refused.value, ProviderRefused)
            assert refused.value.code == code
