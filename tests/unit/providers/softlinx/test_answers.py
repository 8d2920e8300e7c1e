import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.errors import (
    LoginRefused,
    ProviderAnswerUnreadable,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
)
from faxledger.providers.softlinx.soap.answers import SoapOutput, output_of
from faxledger.providers.softlinx.transport import HttpAnswer

OK = "<RequestStatus><StatusCode>0</StatusCode><StatusText>Success</StatusText></RequestStatus>"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"


def envelope(content: str, *, soap: str = "http://schemas.xmlsoap.org/soap/envelope/") -> str:
    return (
        f'<s:Envelope xmlns:s="{soap}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><s:Body>'
        f"{content}</s:Body></s:Envelope>"
    )


def queried(content: str) -> str:
    return envelope(
        '<r:QuerySendFaxResponse xmlns:r="http://www.softlinx.com/ReplixFax"><QuerySendFaxOutput>'
        f"{content}</QuerySendFaxOutput></r:QuerySendFaxResponse>"
    )


def read(document: str | bytes, *, status: int = 200, operation: str = "QuerySendFax") -> SoapOutput:
    body = document.encode() if isinstance(document, str) else document
    return output_of(operation, HttpAnswer(status, body=body))


def rows(content: str) -> tuple[dict[str, str], ...]:
    return read(queried(OK + content)).rows("FaxInfo")


def test_a_fax_is_read_as_given() -> None:
    assert rows("<FaxInfo><FaxId>033</FaxId><FaxStatus>Sent</FaxStatus><ErrorText/></FaxInfo>") == (
        {"FaxId": "033", "FaxStatus": "Sent", "ErrorText": ""},
    )


def test_unknown_elements_are_kept_and_absent_ones_are_absent() -> None:
    assert rows("<Novelty>1</Novelty><FaxInfo><FaxId>33</FaxId><Novelty>2</Novelty></FaxInfo>") == (
        {"FaxId": "33", "Novelty": "2"},
    )


def test_nil_is_absent_whatever_it_holds() -> None:
    assert rows(
        '<FaxInfo><FaxId>33</FaxId><CSI xsi:nil="true"/><TSI xsi:nil="1">x</TSI>'
        '<Mark xsi:nil="false">f</Mark></FaxInfo><FaxInfo xsi:nil="true"/>'
    ) == ({"FaxId": "33", "Mark": "f"},)


def test_nested_content_is_left_out() -> None:
    nested = "<RcptInfo><RcptName>somebody</RcptName></RcptInfo>"

    assert rows(f"<FaxInfo><FaxId>33</FaxId>{nested}</FaxInfo>") == ({"FaxId": "33"},)


def test_a_field_that_contradicts_itself_is_left_out() -> None:
    assert rows(
        "<FaxInfo><FaxId>33</FaxId><FaxStatus>sent</FaxStatus><FaxStatus>sendFailed</FaxStatus>"
        "<CSI>a</CSI><CSI>a</CSI></FaxInfo>"
    ) == ({"FaxId": "33", "CSI": "a"},)


def test_rows_may_be_qualified() -> None:
    assert rows('<q:FaxInfo xmlns:q="urn:q"><q:FaxId>33</q:FaxId></q:FaxInfo>') == ({"FaxId": "33"},)


def test_text_split_by_a_comment_or_marked_as_data_is_one() -> None:
    assert rows("<FaxInfo><FaxId>3<!-- -->3</FaxId><CSI><![CDATA[a&b]]></CSI></FaxInfo>") == (
        {"FaxId": "33", "CSI": "a&b"},
    )


def test_no_fax_is_no_row() -> None:
    assert rows("") == ()


@pytest.mark.parametrize(("word", "is_more"), [("true", True), ("True", True), ("false", False), ("", False)])
def test_a_boolean_is_a_word(word: str, is_more: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    output = read(queried(f"{OK}<HasMoreResults> {word} </HasMoreResults>"))

    assert output.is_true("HasMoreResults") is is_more


def test_an_absent_boolean_is_false() -> None:
    assert read(queried(OK)).is_true("HasMoreResults") is False


def test_another_word_is_no_boolean() -> None:
    output = read(queried(f"{OK}<HasMoreResults>perhaps</HasMoreResults>"))

    with pytest.raises(ProviderAnswerUnreadable, match="HasMoreResults is neither true nor false"):
        output.is_true("HasMoreResults")


def test_a_code_that_is_not_zero_is_a_refusal_also_with_http_200() -> None:
    status = "<RequestStatus><StatusCode>17</StatusCode><StatusText>No, John Doe</StatusText></RequestStatus>"

    with pytest.raises(ProviderRefused) as refused:
        read(queried(status)).succeeded()
    assert (refused.value.code, refused.value.text) == ("17", "No, John Doe")
    assert str(refused.value) == "QuerySendFax was refused with code 17"
    assert not isinstance(refused.value, LoginRefused)


def test_a_refused_login_is_told_apart() -> None:
    status = "<RequestStatus><StatusCode>5</StatusCode></RequestStatus>"
    answer = envelope(f"<LoginResponse><LoginOutput>{status}</LoginOutput></LoginResponse>")

    with pytest.raises(LoginRefused) as refused:
        read(answer, operation="Login").succeeded()
    assert (refused.value.code, refused.value.text) == ("5", "")


def fault(code: str) -> str:
    return envelope(
        f"<s:Fault>{code}<faultstring>words about 2065550100</faultstring><detail>more</detail></s:Fault>"
    )


FAULTS = [
    ("<faultcode>s:Client</faultcode>", ProviderRefused),
    ("<faultcode>s:Client.Authentication</faultcode>", ProviderRefused),
    ("<faultcode>Server</faultcode>", ProviderUnavailable),
    ("<faultcode>s:Server.Busy</faultcode>", ProviderUnavailable),
    ("<faultcode/>", ProviderAnswerUnreadable),
    ("<faultcode>call 206 555 0100</faultcode>", ProviderAnswerUnreadable),
    ("", ProviderAnswerUnreadable),
]


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize(("code", "error"), FAULTS)
def test_a_fault_is_typed_by_its_code_whatever_its_http_status(
    code: str, error: type[ProviderError], status: int
) -> None:
    with pytest.raises(error) as raised:
        read(fault(code), status=status)
    assert type(raised.value) is error
    assert "2065550100" not in str(raised.value)


def test_a_refusing_fault_keeps_the_providers_words() -> None:
    with pytest.raises(ProviderRefused) as refused:
        read(fault("<faultcode>s:Client</faultcode>"), status=500)
    assert (refused.value.code, refused.value.text) == ("Client", "words about 2065550100")


def test_a_fault_of_soap_12_is_one_too() -> None:
    code = "<s:Code><s:Value>s:Sender</s:Value></s:Code>"
    content = f"<s:Fault>{code}<s:Reason><s:Text>no</s:Text></s:Reason></s:Fault>"

    with pytest.raises(ProviderRefused) as refused:
        read(envelope(content, soap=SOAP_12), status=400)
    assert (refused.value.code, refused.value.text) == ("Sender", "no")


def test_a_fault_at_login_is_a_refused_login() -> None:
    with pytest.raises(LoginRefused):
        read(fault("<faultcode>s:Client</faultcode>"), status=500, operation="Login")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, ProviderAnswerUnreadable),
        (307, ProviderAnswerUnreadable),
        (400, ProviderAnswerUnreadable),
        (401, LoginRefused),
        (403, LoginRefused),
        (404, ProviderAnswerUnreadable),
        (408, ProviderUnavailable),
        (429, ProviderUnavailable),
        (500, ProviderUnavailable),
        (502, ProviderUnavailable),
        (503, ProviderUnavailable),
    ],
)
@pytest.mark.parametrize("body", ["", "<html>2065550100</html>", queried(OK)])
def test_an_http_status_without_a_fault_is_typed(status: int, error: type[ProviderError], body: str) -> None:
    with pytest.raises(error) as raised:
        read(body, status=status)
    assert type(raised.value) is error
    assert "2065550100" not in str(raised.value)


WHOLE = queried(f"{OK}<FaxInfo><FaxId>33</FaxId></FaxInfo>")
BOMB = (
    '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
EXTERNAL = '<!DOCTYPE b [<!ENTITY file SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    "document",
    [
        pytest.param("", id="empty"),
        pytest.param("<!doctype html><html><body>Sorry</body></html>", id="HTML"),
        pytest.param("<html><body>Sorry</body></html>", id="XHTML"),
        pytest.param('{"RequestStatus": {"StatusCode": "0"}}', id="JSON"),
        pytest.param(WHOLE[:-5], id="truncated at the end"),
        pytest.param(WHOLE[: len(WHOLE) // 2], id="truncated"),
        pytest.param("<!DOCTYPE b>" + WHOLE, id="document type"),
        pytest.param(BOMB + WHOLE.replace("33", "&c;"), id="entities"),
        pytest.param(EXTERNAL + WHOLE.replace("33", "&file;"), id="external entity"),
        pytest.param(WHOLE + WHOLE, id="two roots"),
        pytest.param(WHOLE.replace("Success", "</StatusText>"), id="broken beside the faxes"),
        pytest.param(WHOLE.replace("</FaxInfo>", ""), id="a fax without an end"),
        pytest.param(f"<!--<FaxInfo>-->{WHOLE}<", id="a comment around a fax"),
        pytest.param(b"\xff\xfe" + WHOLE.encode(), id="wrong byte order mark"),
        pytest.param('<?xml version="1.0" encoding="utf-7"?>' + WHOLE, id="UTF-7"),
        pytest.param('<?xml version="1.0" encoding="none-such"?>' + WHOLE, id="unknown encoding"),
        pytest.param(WHOLE.replace("Envelope", "Letter"), id="another root"),
        pytest.param(WHOLE.replace("schemas.xmlsoap.org", "example.org"), id="another envelope"),
        pytest.param(envelope(""), id="empty body"),
        pytest.param(WHOLE.replace("QuerySendFax", "QueryReceiveFax"), id="the answer to another question"),
        pytest.param(envelope("<QuerySendFaxResponse/><QuerySendFaxResponse/>"), id="two answers"),
        pytest.param(envelope("<QuerySendFaxResponse/>"), id="no output"),
        pytest.param(queried(""), id="no RequestStatus"),
        pytest.param(queried("<RequestStatus/>"), id="no StatusCode"),
        pytest.param(queried(OK + OK), id="two RequestStatus"),
        pytest.param(
            queried("<RequestStatus><StatusCode>0</StatusCode><StatusCode>1</StatusCode></RequestStatus>"),
            id="two StatusCodes",
        ),
        pytest.param("<a>" * 100_000, id="deep"),
        pytest.param("<a>" * 100_000 + "</a>" * 100_000, id="deep and whole"),
    ],
)
def test_what_is_not_the_protocol_is_unreadable(document: str | bytes) -> None:
    with pytest.raises(ProviderAnswerUnreadable) as refused:
        read(document)
    assert refused.value.__context__ is None


def test_utf_16_is_xml_too() -> None:
    assert read(('<?xml version="1.0" encoding="utf-16"?>' + WHOLE).encode("utf-16")).rows("FaxInfo")


def page(odd: bytes) -> bytes:
    faxes = b"".join(
        b"<FaxInfo><FaxId>%d</FaxId><FaxStatus>sent</FaxStatus><CSI>%b</CSI></FaxInfo>" % (number, csi)
        for number, csi in enumerate((b"one", odd, b"three"))
    )
    return queried(f"{OK}FAXES").encode().replace(b"FAXES", faxes)


@pytest.mark.parametrize(
    ("odd", "read_as"),
    [
        (b"1\x00 2", "1\ufffd 2"),
        (b"\x01\x0b\x1f\t", "\ufffd\ufffd\ufffd\t"),
        ("Müller".encode("latin-1"), "M\ufffdller"),
        ("日本".encode()[:-1], "日\ufffd"),
        ("\ufffe\uffff".encode(), "\ufffd\ufffd"),
        (b"&#0;&#11;&#x1F;&#xD83D;&#xFFFE;&#x110000;", "\ufffd" * 6),
        (b"&#9;&#65;&#x1F600;&amp;", "\tA\U0001f600&"),
    ],
)
def test_what_is_no_character_of_xml_is_replaced_where_it_stands(odd: bytes, read_as: str) -> None:
    assert [row["CSI"] for row in read(page(odd)).rows("FaxInfo")] == ["one", read_as, "three"]


@given(st.binary(max_size=40).filter(lambda text: not set(text) & set(b"<&]")))
def test_whatever_bytes_stand_in_one_fax_the_others_are_read(odd: bytes) -> None:
    first, _, last = read(page(odd)).rows("FaxInfo")
    assert first == {"FaxId": "0", "FaxStatus": "sent", "CSI": "one"}
    assert last == {"FaxId": "2", "FaxStatus": "sent", "CSI": "three"}


@pytest.mark.parametrize("odd", [b"\x01", b"\xe9", b"&#1;"])
def test_what_decides_is_not_mended(odd: bytes) -> None:
    fax = WHOLE.encode().replace(b">33<", b">3" + odd + b"3<")
    assert read(fax).rows("FaxInfo") == ({"FaxId": "3\ufffd3"},)
    with pytest.raises(ProviderAnswerUnreadable, match="StatusCode"):
        read(WHOLE.encode().replace(b"<StatusCode>0", b"<StatusCode>0" + odd))
    more = f"{OK}<HasMoreResults>trueODD</HasMoreResults>"
    with pytest.raises(ProviderAnswerUnreadable, match="HasMoreResults"):
        read(queried(more).encode().replace(b"ODD", odd)).is_true("HasMoreResults")


def texts_of(output: SoapOutput) -> list[str]:
    return [row["CSI"] for row in output.rows("FaxInfo")]


@pytest.mark.parametrize(
    ("odd", "read_as"),
    [
        (b"Smith & Sons", "Smith & Sons"),
        (b"a<b", "a<b"),
        (b"<3 & >", "<3 & >"),
        (b"x]]>", "x]]>"),
        (b"&eacute;&amp;&nosuch", "&eacute;&&nosuch"),
        (b"<?php", "<?php"),
    ],
)
def test_what_strays_in_one_fax_is_text(odd: bytes, read_as: str) -> None:
    output = read(page(odd))
    assert texts_of(output) == ["one", read_as, "three"]
    assert output.broken == ()


@pytest.mark.parametrize(
    "odd",
    [
        b"<CSI>",
        b"</CSI>",
        b"<a:b/>",
        b"<a b=>",
        b"<!--",
        b"<![CDATA[",
        b"<!DOCTYPE b>",
        b"</FaxInfo>",
        b"</CSI></FaxInfo>x",
        b"<a>" * 100,
    ],
)
def test_a_fax_that_is_no_xml_costs_that_fax_alone(odd: bytes) -> None:
    output = read(page(odd))
    assert texts_of(output) == ["one", "three"]
    (broken,) = output.broken
    assert broken.problem == "FaxInfo is no XML"
    assert broken.raw.startswith(b"<FaxInfo><FaxId>1</FaxId>")
    assert odd in broken.raw
    with pytest.raises(ProviderAnswerUnreadable, match="QuerySendFax: a fax of the answer is no XML"):
        output.whole()


@pytest.mark.parametrize("number", [0, 2])
def test_the_first_and_the_last_fax_may_be_broken_and_several_of_them(number: int) -> None:
    faxes = page(b"</FaxInfo>").replace((b"one", b"two", b"three")[number], b"<b>")
    output = read(faxes)
    assert (len(output.broken), len(texts_of(output))) == (2, 1)


def test_what_stands_around_broken_faxes_is_read() -> None:
    answer = page(b"<b>").replace(b"Success", b"A & B")
    answer = answer.replace(
        b"</QuerySendFaxOutput>", b"<HasMoreResults>true</HasMoreResults></QuerySendFaxOutput>"
    )
    assert read(answer).is_true("HasMoreResults")


@given(st.binary(max_size=40).filter(lambda text: b"FaxInfo" not in text))
def test_whatever_bytes_stand_in_one_fax_the_others_are_read_though_it_be_broken(odd: bytes) -> None:
    output = read(page(odd))
    rows = output.rows("FaxInfo")
    assert (rows[0]["FaxId"], rows[-1]["FaxId"], len(rows) + len(output.broken)) == ("0", "2", 3)


def test_thousands_of_broken_faxes_are_read_in_time_or_not_at_all() -> None:
    faxes = b"<FaxInfo><FaxId>1</FaxId>&<b></FaxInfo>" * 20_000
    answer = queried(f"{OK}<Note>{'x' * 10_000}</Note>FAXES").encode().replace(b"FAXES", faxes)
    with pytest.raises(ProviderAnswerUnreadable):
        read(answer)
    with pytest.raises(ProviderAnswerUnreadable):
        read(queried(f"{OK}FAXES").encode().replace(b"FAXES", b"<FaxInfo>" * 400_000))
