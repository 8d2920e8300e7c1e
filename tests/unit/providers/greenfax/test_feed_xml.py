"""What a feed may look like and still be read, and what it may not; every document also in small pieces."""

import tracemalloc
from collections.abc import Iterator
from itertools import chain, count, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.errors import MalformedInput, ProviderAnswerUnreadable
from faxledger.providers.greenfax.feed_xml import NoFaxes, xml_rows
from faxledger.providers.greenfax.xml_row import BrokenRow, XmlRow
from tests.support.bounded import bounded_computation

ROW = "<fax><job_id>1</job_id><status>success</status><pages>2</pages></fax>"
GIVEN = {"job_id": "1", "status": "success", "pages": "2"}


def rows(document: str | bytes, piece: int = 1_000_000) -> list[XmlRow]:
    content = document.encode() if isinstance(document, str) else document
    return list(xml_rows(content[start : start + piece] for start in range(0, len(content), piece)))


def given_in(document: str | bytes) -> list[dict[str, str]]:
    found = [row.given for row in rows(document)]
    assert [row.given for row in rows(document, piece=1)] == found
    return found


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        "<fax job_id='1' status='success' pages='2'/>",
        "<fax job_id='1'><status>success</status><pages>2</pages></fax>",
        "<fax><job_id>1</job_id><status><![CDATA[success]]></status><pages>2</pages></fax>",
        "<fax><job_id>1</job_id><status>suc<![CDATA[ces]]>s</status><pages>2</pages></fax>",
        "<fax><job_id>1</job_id><status>suc<!-- so they say -->cess</status><pages>2</pages></fax>",
        "<!-- a --><fax><!-- b --><job_id>1</job_id><?php c?><status>success</status><pages>2</pages></fax>",
        "<fax><job_id>1</job_id><status>suc&#99;ess</status><pages>2</pages></fax>",
        "<x:fax xmlns:x='urn:x'><x:job_id>1</x:job_id><status>success</status><pages>2</pages></x:fax>",
        "<list><of><them>" + ROW + "</them></of></list>",
        # Attributes of a field are no row of their own.
        "<fax><job_id id='7'>1</job_id><status date='x' code='5'>success</status><pages>2</pages></fax>",
    ],
)
def test_a_row_reads_the_same_however_it_is_written(row: str) -> None:
    assert given_in(f"<faxes>{row}{row}</faxes>") == [GIVEN, GIVEN]


@pytest.mark.parametrize("before", ["\r\n \n", "\ufeff", "\ufeff\r\n", "\n\ufeff\n\ufeff"])
def test_blanks_and_byte_order_marks_may_come_before_the_declaration(before: str) -> None:
    document = f"<?xml version='1.0' encoding='UTF-8'?><faxes>{ROW}</faxes>"
    assert given_in(before + document) == [GIVEN]


def test_a_field_that_has_nothing_but_an_attribute_of_meaning_is_a_field() -> None:
    row = "<fax><job_id>1</job_id><sender number='7'/><status>success</status></fax>"
    assert given_in(f"<faxes>{row}</faxes>") == [{"job_id": "1", "sender": "", "status": "success"}]


def test_a_field_without_a_row_around_it_that_makes_sense_is_still_seen() -> None:
    document = f"<faxes>{ROW}<fax><status>success</status></fax></faxes>"
    assert given_in(document) == [GIVEN, {"status": "success"}]


def test_a_value_that_holds_markup_as_text_keeps_it() -> None:
    row = "<fax><job_id>1</job_id><sender><![CDATA[<a> & b]]></sender><status>a &lt; b</status></fax>"
    assert given_in(f"<faxes>{row}</faxes>") == [{"job_id": "1", "sender": "<a> & b", "status": "a < b"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings_that_say_their_name_are_read(encoding: str) -> None:
    row = "<fax><job_id>1</job_id><sender>Zoë</sender></fax>"
    name = encoding.removesuffix("-sig")
    document = f"<?xml version='1.0' encoding='{name}'?><faxes>{row}</faxes>".encode(encoding)
    assert given_in(document) == [{"job_id": "1", "sender": "Zoë"}]


def mixed(declaration: str, *texts: bytes) -> bytes:
    rows = b"".join(b"<fax><job_id>1</job_id><sender>%b</sender></fax>" % text for text in texts)
    return declaration.encode() + b"<faxes>" + rows + b"</faxes>"


@pytest.mark.parametrize(
    "declaration",
    [
        "",
        "<?xml version='1.0'?>",
        "<?xml version='1.0' encoding='UTF-8'?>",
        '<?xml version="1.0" encoding="utf-8" ?>',
    ],
)
def test_bytes_that_are_no_utf_8_cost_no_row_after_them(declaration: str) -> None:
    # The last as a service cuts text, in the middle of a character.
    texts = ("Zoë".encode(), "Zoë € 1".encode("windows-1252"), "Zoë".encode(), "日本".encode()[:-1])
    found = [row["sender"] for row in given_in(mixed(declaration, *texts))]
    assert found == ["Zoë", "Zoë € 1", "Zoë", "日æœ"]


def test_another_encoding_that_is_named_is_believed() -> None:
    document = mixed("<?xml version='1.0' encoding='iso-8859-1'?>", "Zoë".encode())
    assert given_in(document) == [{"job_id": "1", "sender": "ZoÃ«"}]


def test_utf_16_that_can_be_read_without_being_it_is_not_believed() -> None:
    document = mixed("<?xml version='1.0' encoding='utf-16'?>\r\n", "Zoë".encode())
    assert given_in(document) == [{"job_id": "1", "sender": "Zoë"}]


def test_control_characters_are_left_out() -> None:
    document = mixed("", b"a\0b\x0bc\x1fd", b"e\tf") + b"\0\0"
    assert [row["sender"] for row in given_in(document)] == ["abcd", "e\tf"]


@given(st.binary(max_size=40).filter(lambda text: not set(text) & set(b"<&]")), st.integers(1, 9))
def test_whatever_stands_in_a_value_the_next_row_is_found(text: bytes, piece: int) -> None:
    assert [row.given["job_id"] for row in rows(mixed("", text, b"next"), piece)] == ["1", "1"]


@pytest.mark.parametrize(
    "document", ["<faxes/>", "<faxes> \n </faxes>", "<faxes count='0'><page/></faxes>", "<other/>"]
)
def test_an_empty_feed_has_no_rows(document: str) -> None:
    assert given_in(document) == []


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("<error>No access</error>", "No access"),
        ("<html><p>We are <b>down</b> for today</p></html>", "We are down for today"),
        ("<faxes><error/></faxes>", "error"),
        ("<faxes><fax><a>1</a><b>success</b></fax></faxes>", "1 success"),
        ("<response><error id='12'>No access</error></response>", "No access"),
    ],
)
def test_words_without_a_fax_are_no_feed(document: str, words: str) -> None:
    with pytest.raises(NoFaxes) as refused:
        rows(document)
    assert " ".join(refused.value.words.split()) == words
    assert words not in str(refused.value)


def test_an_error_page_without_end_is_not_kept_whole() -> None:
    with pytest.raises(NoFaxes) as refused:
        rows(f"<html>{'<p>We are down</p>' * 50_000}</html>")
    assert len(refused.value.words) <= 2_000


BOMBS = {
    "a billion laughs": "<!DOCTYPE f [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY c '&b;&b;'>]><f>&c;</f>",
    "a quadratic blow-up": f"<!DOCTYPE f [<!ENTITY a '{'x' * 50_000}'>]><f>{'&a;' * 10_000}</f>",
    "an external entity": "<!DOCTYPE f [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><f>&a;</f>",
    "a parameter entity": "<!DOCTYPE f [<!ENTITY % a SYSTEM 'http://127.0.0.1/'> %a;]><f/>",
    "a DTD elsewhere": "<!DOCTYPE f SYSTEM 'http://127.0.0.1/f.dtd'><f/>",
    "a plain document type": f"<!DOCTYPE faxes><faxes>{ROW}</faxes>",
    "default attributes": f"<!DOCTYPE f [<!ATTLIST fax status CDATA 'success'>]><f>{ROW}</f>",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_document_type_is_refused_before_it_can_do_anything(bomb: str) -> None:
    with pytest.raises(ProviderAnswerUnreadable, match="document type"):
        rows(BOMBS[bomb])


def test_an_entity_that_nobody_declared_is_text() -> None:
    row = "<fax><job_id>&boom;</job_id><status>success</status></fax>"
    boom = {"job_id": "&boom;", "status": "success"}
    assert given_in(f"<faxes>{ROW}{row}{ROW}</faxes>") == [GIVEN, boom, GIVEN]


# --- one broken row -----------------------------------------------------------------------------------


def forty(odd: bytes, at: int = 20) -> bytes:
    form = b"<fax><job_id>%d</job_id><sender>%b</sender><status>success</status></fax>\n"
    rows = b"".join(form % (number, odd if number == at else b"a") for number in range(40))
    return b"<?xml version='1.0'?>\n<f:r xmlns:f='urn:x'><f:faxes>\n" + rows + b"</f:faxes></f:r>\n"


def others(document: bytes, at: int, piece: int) -> tuple[list[int], bool]:
    """The ids of all rows but one, and whether the feed was read to its end."""
    ids: list[int] = []
    try:
        for row in xml_rows(document[start : start + piece] for start in range(0, len(document), piece)):
            try:
                ids.append(int(row.given.get("job_id", "-1")))
            except (MalformedInput, ValueError):
                continue
    except ProviderAnswerUnreadable:
        return ids, False
    return [number for number in dict.fromkeys(ids) if number not in (at, -1)], True


@pytest.mark.parametrize(
    ("odd", "sender"),
    [
        (b"Smith & Sons", "Smith & Sons"),
        (b"&", "&"),
        (b"a < b <5 <", "a < b <5 <"),
        (b"Doe <doe@example.org>", "Doe <doe@example.org>"),
        (b"caf&eacute; &amp; bar&nbsp;&#65;", "caf&eacute; & bar&nbsp;A"),
        (b"&#11;&#x1f;&#xd83d;&#0;", "\ufffd\ufffd\ufffd\ufffd"),
        (b"a ]]> b", "a ]]> b"),
        (b"<?php a?>&", "<?php a?>&"),
    ],
)
def test_what_strays_in_a_text_is_text(odd: bytes, sender: str) -> None:
    expected = [str(number) if number != 20 else sender for number in range(40)]
    found = given_in(forty(odd))
    assert [row["sender"] if row["job_id"] == "20" else row["job_id"] for row in found] == expected


BROKEN = [
    b"John <john> Doe",
    b"</fax>",
    b"</sender></note>",
    b"<!-- a",
    b"<![CDATA[a",
    b"<![CDATA[a & b]]> & <b",
    b"a <fax b",
    b"<fax>",
    b"<b a='",
    b"<!DOCTYPE a>",
    b"<x:y/>",
]


@pytest.mark.parametrize("odd", BROKEN)
@pytest.mark.parametrize("at", [1, 20, 39])
def test_a_broken_row_is_set_aside_and_every_other_one_is_read(odd: bytes, at: int) -> None:
    expected = [number for number in range(40) if number != at]
    for piece in (1_000_000, 7):
        assert others(forty(odd, at), at, piece) == (expected, True)
    broken, *_ = [row for row in rows(forty(odd, at)) if isinstance(row, BrokenRow)]
    assert broken.raw.startswith(b"<fax><job_id>%d</job_id><sender>" % at)
    with pytest.raises(MalformedInput, match="not well-formed"):
        assert broken.given


@pytest.mark.parametrize("odd", BROKEN)
def test_a_broken_first_row_is_no_other(odd: bytes) -> None:
    assert others(forty(odd, 0), 0, 1_000_000) == (list(range(1, 40)), True)


def bare(rows: int, odd: bytes, at: int) -> bytes:
    """Rows that have nothing inside, and so no end but that of their tag."""
    form = b"<fax job_id='%d' sender='%b' status='success'/>\n"
    found = b"".join(form % (number, odd if number == at else b"a") for number in range(rows))
    return b"<?xml version='1.0'?>\n<f:r xmlns:f='urn:x'><f:faxes>\n" + found + b"</f:faxes></f:r>\n"


@pytest.mark.parametrize("odd", [b"Smith & Sons", b"caf&eacute;", b"a < b"])
@pytest.mark.parametrize(("rows_in_all", "at"), [(1, 0), (2, 0), (2, 1), (40, 0), (40, 20), (40, 39)])
def test_what_strays_in_an_attribute_is_text_wherever_its_row_stands(
    odd: bytes, rows_in_all: int, at: int
) -> None:
    found = given_in(bare(rows_in_all, odd, at))
    assert [row["job_id"] for row in found] == [str(number) for number in range(rows_in_all)]
    assert found[at]["sender"] == odd.decode()


@pytest.mark.parametrize("odd", [b"' b", b"<b", b"</fax>", b"<fax ", b"' sender='b", b"<!-- ", b"<![CDATA[a"])
@pytest.mark.parametrize(("rows_in_all", "at"), [(1, 0), (2, 0), (2, 1), (40, 0), (40, 20), (40, 39)])
def test_a_row_whose_own_tag_is_broken_is_set_aside_wherever_it_stands(
    odd: bytes, rows_in_all: int, at: int
) -> None:
    expected = [number for number in range(rows_in_all) if number != at]
    for piece in (1_000_000, 7):
        assert others(bare(rows_in_all, odd, at), at, piece) == (expected, True)


def test_a_page_for_people_that_breaks_has_no_rows() -> None:
    with pytest.raises(NoFaxes):
        rows("<html><body><a id='top' href='/?a=1&b=2'>Too soon</a></body></html>")


PARTS = [
    *(b"<", b"&", b">", b"/", b"x", b" ", b"'", b'"', b"<a ", b"&#11;", b"&eacute;", b"\0", b"\xe9", b"]]>"),
    *(b"<!--", b"-->", b"<![CDATA[", b"<?x ", b"?>", b"<sender>", b"</sender>", b"<fax>", b"</fax>"),
    *(b"<fax ", b"</f:faxes>", b"</f:r>", b"<job_id>", b"</job_id>", b"<!DOCTYPE x>"),
]


@given(
    st.lists(st.sampled_from(PARTS) | st.binary(max_size=4), max_size=8).map(b"".join),
    st.sampled_from([1, 20, 39]),
    st.sampled_from([1_000_000, 64, 1]),
)
def test_whatever_stands_in_a_row_every_other_row_is_read(odd: bytes, at: int, piece: int) -> None:
    found, _ = others(forty(odd, at), at, piece)
    assert set(range(40)) - {at} <= set(found)


@pytest.mark.parametrize("stray", ["&", "</x>", "<x:y/>"])
def test_what_is_broken_between_two_rows_costs_neither(stray: str) -> None:
    found = rows(f"<faxes>{ROW}{stray}{ROW}</faxes>")
    assert [row.given for row in found if not isinstance(row, BrokenRow)] == [GIVEN, GIVEN]


def test_a_row_that_swallows_more_than_a_row_may_have_is_set_aside() -> None:
    form = "<fax><job_id>{}</job_id><sender>{}</sender><note>{}</note></fax>"
    texts = (form.format(number, "<!--" if number == 3 else "", "x" * 1_000) for number in range(6_000))
    found = [row for row in rows(f"<faxes>{''.join(texts)}</faxes>") if not isinstance(row, BrokenRow)]
    assert [row.given["job_id"] for row in found] == [str(number) for number in range(6_000) if number != 3]


def test_a_feed_of_broken_rows_costs_little_more() -> None:
    row = b"<fax><job_id>1</job_id><sender>a & b</sender><status>success</status></fax>"
    broken = row.replace(b"a & b", b"<b>")
    with bounded_computation(seconds=20):
        found = rows(b"<faxes>" + (row + broken) * 5_000 + b"</faxes>")
    assert len(found) == 10_000
    assert sum(isinstance(row, BrokenRow) for row in found) == 5_000


def test_what_breaks_again_and_again_is_refused_in_the_end() -> None:
    row = b"<fax><job_id>1</job_id><status>success</status><note>%b</note></fax>"
    swallowing = (row % b"<![CDATA[") * 2_000 + (row % (b"x" * 1_000)) * 4_000
    with bounded_computation(seconds=60), pytest.raises(ProviderAnswerUnreadable):
        rows(b"<faxes>" + row % b"" + swallowing + b"</faxes>")


def test_a_row_with_100_000_attributes_is_read_and_the_others_count() -> None:
    attributes = " ".join(f"a{number}='x'" for number in range(100_000))
    # A parser that compares each attribute with all others takes minutes.
    with bounded_computation(seconds=20):
        found = given_in_one_piece(f"<faxes>{ROW}<fax job_id='2' status='sent' {attributes}/>{ROW}</faxes>")
    assert [row["job_id"] for row in found] == ["1", "2", "1"]
    assert len(found[1]) == 100_002


def test_a_large_row_that_drips_costs_no_more() -> None:
    attributes = " ".join(f"a{number}='x'" for number in range(100_000))
    document = f"<faxes><fax job_id='2' status='sent' {attributes}/></faxes>".encode()
    with bounded_computation(seconds=5):
        (row,) = xml_rows(document[start : start + 100] for start in range(0, len(document), 100))
    assert row.given["job_id"] == "2"


def given_in_one_piece(document: str) -> list[dict[str, str]]:
    return [row.given for row in rows(document)]


def test_rows_of_ever_new_names_do_not_pile_up() -> None:
    def document() -> Iterator[bytes]:
        yield b"<faxes>"
        for number in range(30):
            fields = "".join(f"<f{number}x{field}/>" for field in range(5_000))
            yield f"<fax><job_id>{number}</job_id><pages/>{fields}</fax>".encode()
        yield b"</faxes>"

    tracemalloc.start()
    try:
        assert sum(len(row.given) for row in xml_rows(document())) == 30 * 5_002
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The row that arrives is held as well, in case it is broken.
    assert peak < 25_500_000


@pytest.mark.parametrize("cut", range(1, len(ROW) + len("</faxes>") + 1))
def test_a_feed_that_is_cut_anywhere_gives_the_rows_before_the_cut(cut: int) -> None:
    document = f"<faxes>{ROW}{ROW}{ROW}</faxes>"[:-cut]
    whole = document.count("</fax>")
    found = xml_rows([document.encode()])
    for _ in range(whole):
        assert next(found).given == GIVEN
    with pytest.raises(ProviderAnswerUnreadable):
        next(found)
    assert whole >= 2


def names(number: int) -> bytes:
    return "".join(f"<n{number}x{other}/>" for other in range(5_000)).encode()


@pytest.mark.parametrize(
    "pieces",
    [
        chain([b"<faxes><fax><note>"], repeat(b"x" * 65_536)),
        chain([b"<faxes>", ROW.encode(), b"<fax note='"], repeat(b"x" * 65_536)),
        chain([b"<faxes>", ROW.encode()], repeat(b"<other/>" * 8_192)),
        chain([b"<faxes>", ROW.encode(), b"<!--"], repeat(b"-x" * 8_192)),
        chain([b"<a>"] * 33),
        chain([b"<faxes>"], (b"<fax id='1' pages='1'>%s</fax>" % names(n) for n in count())),
    ],
)
def test_what_has_no_end_is_broken_off(pieces: Iterator[bytes]) -> None:
    with pytest.raises(ProviderAnswerUnreadable):
        list(xml_rows(pieces))


# --- digests ------------------------------------------------------------------------------------------


def test_the_same_row_has_the_same_digest_and_any_other_another() -> None:
    variants = [
        ROW,
        ROW.replace("success", "failed"),
        ROW.replace("success", "success "),
        ROW.replace("<pages>2</pages>", ""),
        ROW.replace("<pages>2</pages>", "<pages>2</pages><pages>2</pages>"),
        ROW.replace("pages", "Pages"),
        "<fax job_id='1' status='success' pages='2'/>",
        "<fax job_id='1' status='success'><pages>2</pages></fax>",
        "<fax><job_id>1</job_id><status>successpages</status><pages>2</pages></fax>",
    ]
    digests = [row.digest for row in rows(f"<faxes>{''.join(variants)}</faxes>")]
    assert len(set(digests)) == len(variants)
    again = [row.digest for row in rows(f"<faxes count='9'>\n{'  '.join(variants)}</faxes>")]
    assert digests == again
    assert all(0 <= digest < 2**64 for digest in digests)


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"),
    max_size=8,
)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=2, max_size=2, unique=True))
def test_other_texts_have_another_digest(pairs: list[tuple[str, str]]) -> None:
    one, other = (XmlRow("fax", {"id": first}, ("status", second)) for first, second in pairs)
    assert one.digest != other.digest


def test_a_signature_that_changes_in_each_answer_makes_no_other_row() -> None:
    form = "<fax><job_id>{}</job_id><url>https://{}.greenfax.com/{}?signature={}</url><pages>{}</pages></fax>"
    ours = [(1, "a", "7.pdf", "x", 2), (1, "a", "7.pdf", "y&amp;z=://?", 2)]
    others = [
        (2, "a", "7.pdf", "x", 2),
        (1, "b", "7.pdf", "x", 2),
        (1, "a", "8.pdf", "x", 2),
        (1, "a", "7.pdf", "x", 3),
    ]
    found = rows(f"<faxes>{''.join(form.format(*values) for values in (*ours, *others))}</faxes>")
    first, again, *different = (row.digest for row in found)
    assert again == first
    assert len({first, *different}) == 1 + len(others)


# --- what is kept of a bad row ------------------------------------------------------------------------


def test_a_field_of_meaning_that_is_given_twice_differently_is_malformed() -> None:
    (row,) = rows("<faxes><fax><job_id>1</job_id><job_id>2</job_id><pages>1</pages></fax></faxes>")
    with pytest.raises(MalformedInput, match="twice"):
        assert row.given
    (same,) = rows("<faxes><fax><job_id>1</job_id><job_id>1</job_id><pages/><a>1</a><a>2</a></fax></faxes>")
    assert same.given == {"job_id": "1", "pages": "", "a": "1"}


def test_a_bad_row_is_kept_as_xml() -> None:
    (row,) = rows("<faxes><fax a='&lt;'><job_id>x &amp; y</job_id> <status/></fax></faxes>")
    assert row.raw == b'<fax a="&lt;"><job_id>x &amp; y</job_id><status /></fax>'
