"""Any text comes back as it was, but for what XML and Excel cannot hold, and never as a formula."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from store.workbooks import Column, Page, WorkbookWriter
from store.workbooks.text import separate, text_bodies, text_body
from tests.store.workbooks.reading import opened, raw_cells, seen_by_calamine, sheet_of, written
from tests.support.effort import effort

HOSTILE = [
    "=1+1",
    "+49 151",
    "-2+3",
    "@SUM(A1)",
    '=HYPERLINK("https://example.com";"click")',
    "=cmd|'/c calc'!A0",
    "\t=1+1",
    "<b>&amp;</b>",
    "]]>",
    "<![CDATA[",
    "</t></is></c><c><f>1+1</f></c>",
    '" t="str',
    "<!channel>",
    " leading",
    "trailing ",
    "inner  two",
    "line\nbreak",
    "tab\tstop",
    "_x0041_",
    "_x0041_x0042_",
    "_x00df_",
    "_x005F_x0041_",
    "__x000D__",
    "_x",
    "名前 株式会社",
    "全角\u3000空白",
    "مرحبا \u202eabc",
    "👩‍👩‍👧 family",
    "%_'; DROP TABLE orders; --",
    "0012",
    "1E5",
    "TRUE",
    "2026-03-01",
    "x" * 10_000,
    "\u00a0",
    "\u0085",
]


def kept(text: str) -> str:
    """The text a cell must show, said a second time and simply: character by character."""
    legal = [
        character
        for character in text
        if character in "\t\n\r"
        or (character >= " " and not "\ud800" <= character <= "\udfff" and character not in "\ufffe\uffff")
    ]
    return "".join(legal).replace("\r\n", "\n").replace("\r", "\n")


# Letters of what is special to the writer itself come far more often than chance would have them.
delicate = st.text(st.sampled_from("<>&_x0041F \t\n\r\x00\x01\x1f\ud800\udfff\ufffe\uffff=äж中😀\u3000\"'"))
any_text = st.one_of(st.text(), delicate, st.text(st.characters(codec="utf-8")), st.sampled_from(HOSTILE))


@settings(max_examples=effort(150, 10_000))
@given(st.lists(st.tuples(st.none() | any_text, st.none() | st.text("abc<& _x")), min_size=1, max_size=12))
@example([(text, None) for text in HOSTILE])
def test_any_text_comes_back_as_text(rows: list[tuple[str | None, str | None]]) -> None:
    content = sheet_of([Column("Customer"), Column("Placed By")], rows)

    cells = raw_cells(content)[1:]
    assert [[cell.text for cell in row] for row in cells] == [[kept(text or "") for text in row] for row in rows]
    assert {cell.type for row in cells for cell in row if cell.text} <= {"inlineStr"}
    assert b"<f" not in b"".join(text_bodies([text for row in rows for text in row], ""))


@settings(max_examples=effort(300, 20_000))
@given(st.lists(st.none() | any_text, min_size=1, max_size=12))
def test_a_column_at_once_is_the_same_as_cell_by_cell(values: list[str | None]) -> None:
    assert text_bodies(values, "<c") == [(text_body(value) + "<c").encode() for value in values]


@pytest.mark.parametrize("text", [*HOSTILE, " ", "\t", "\x00", None, ""])
def test_one_special_text_in_a_column_is_enough(text: str | None) -> None:
    for values in ([text], [text, "plain"], ["plain", text], ["plain", text, "plain"]):
        assert text_bodies(values, "") == [text_body(value).encode() for value in values]


@pytest.mark.parametrize("text", [" a", "a ", "\ta", "a\n", " "])
def test_space_around_a_text_is_kept_from_readers_that_trim(text: str) -> None:
    assert f'<t xml:space="preserve">{text}</t>' in text_body(text)


def test_bodies_are_separated_as_one_by_one() -> None:
    assert separate(["/>", "><v>1</v></c>"], "</row>") == [b"/></row>", b"><v>1</v></c></row>"]


def test_hostile_text_is_text_in_every_reader() -> None:
    content = sheet_of([Column("Customer")], [(text,) for text in HOSTILE])

    assert [row[0] for row in seen_by_calamine(content)[1:]] == HOSTILE
    cells = [row[0] for row in opened(content)["Orders"].iter_rows(min_row=2)]
    # openpyxl leaves Excel's own escapes of an inline text as they are.
    plain = [(cell.value, text) for cell, text in zip(cells, HOSTILE, strict=True) if "_x00" not in text]
    assert [value for value, _ in plain] == [text for _, text in plain]
    assert {cell.data_type for cell in cells} == {"s"}


def page_saying(text: str) -> bytes:
    """A workbook that has the text wherever a page, its names and properties can."""

    def fill(book: WorkbookWriter) -> None:
        page = book.page("Summary")
        page.heading(text)
        page.facts([(text, text)])
        page.table([Column(text)], [(text,)])

    return written([Page("Summary")], fill, title=text, author=text)


def test_hostile_text_is_text_on_pages_and_in_properties() -> None:
    for text in HOSTILE:
        content = page_saying(text)
        cells = [cell for row in raw_cells(content) for cell in row if cell.text]
        assert [(cell.type, cell.text) for cell in cells] == [("inlineStr", text)] * 5
        assert opened(content).properties.title.split() == text.split()


def test_what_xml_forbids_is_no_end_of_a_page() -> None:
    assert opened(page_saying("a\x00\ud800b\ufffe"))["Summary"]["A1"].value == "ab"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 32_767, "x" * 32_767),
        ("x" * 32_768, "x" * 32_766 + "…"),
        # Excel counts such a sign as two; half a sign is never left.
        ("😀" * 16_383, "😀" * 16_383),
        ("😀" * 16_384, "😀" * 16_383 + "…"),
        ("x" + "😀" * 16_384, "x" + "😀" * 16_382 + "…"),
    ],
    ids=["fits", "one too many", "wide fits", "wide too many", "wide at the cut"],
)
def test_text_is_cut_to_what_a_cell_holds(text: str, shown: str) -> None:
    content = sheet_of([Column("Reason")], [(text,), ("short",)])
    assert [row[0].text for row in raw_cells(content)[1:]] == [shown, "short"]
    assert len(shown.encode("utf-16-le")) // 2 <= 32_767


def test_empty_text_is_an_empty_cell() -> None:
    content = sheet_of([Column("Contract"), Column("Customer")], [("", "a"), (None, "b"), ("\x01", "c")])
    assert [row[0].value for row in opened(content)["Orders"].iter_rows(min_row=2)] == [None, None, None]
    assert [row[0] for row in seen_by_calamine(content)[1:]] == ["", "", ""]
