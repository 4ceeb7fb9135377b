"""What the desk exports, it imports: a text of a cell comes back as it was written, whatever signs it holds."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook

from store.domain.fields import Kind
from store.sources import unpack
from store.sources.cells import MAX_TEXT, encode
from store.sources.kinds import Unfit, text_of
from store.workbooks.text import cleaned, text_body
from tests.support.bundles import small_bundle, write_workbook

PLACE = "a text to be replaced"
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("_x05FfAa \r\n\t&<>\"'")), max_size=60)
ESCAPES = st.lists(
    st.sampled_from(["_x005F_", "_x0041_", "_x000D_", "_", "x005F_", "_x", "_x00e4_", "\n", "A", "_xD83D_", "_xDE00_"]),
    max_size=8,
).map("".join)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def bend(book: Workbook) -> None:
        book["customers"]["B2"] = PLACE

    return write_workbook(tmp_path_factory.mktemp("texts") / "bundle.xlsx", small_bundle(), bend)


def with_cell(template: Path, body: str, shared: str | None = None) -> Path:
    """The workbook with that body in place of a cell's, and with that item as its only shared text."""
    path = template.with_name("bent.xlsx")
    with zipfile.ZipFile(template) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if name == "xl/worksheets/sheet1.xml":
                text = re.sub(rf'(<c r="B2")[^>]*><is><t>{PLACE}</t></is></c>', lambda found: found[1] + body, text)
                assert PLACE not in text
            if name == "[Content_Types].xml" and shared is not None:
                kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
                text = text.replace("</Types>", f'<Override PartName="/xl/strings.xml" ContentType="{kind}"/></Types>')
            new.writestr(name, text)
        if shared is not None:
            new.writestr(
                "xl/strings.xml",
                f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si>{shared}</si></sst>',
            )
    return path


def read_cell(path: Path) -> object:
    unpack.unpack(path, path.parent, ["customers"])
    line = (path.parent / "customers.jsonl").read_text().splitlines()[1]
    return json.loads(line)[1][1]


@given(st.one_of(TEXTS, ESCAPES))
@example("A_x0041_B")
@example("_x005F_x0041_")
@example("x005F_")
@example("Acme\r\nGmbH\rKG")
def test_a_text_that_was_exported_is_imported_as_it_is(template: Path, text: str) -> None:
    assert read_cell(with_cell(template, text_body(text))) == cleaned(text)


@given(ESCAPES)
def test_a_shared_text_is_read_as_an_inline_one(template: Path, text: str) -> None:
    inline = read_cell(with_cell(template, f' t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'))
    shared = f'<t xml:space="preserve">{text}</t>'
    assert read_cell(with_cell(template, ' t="s"><v>0</v></c>', shared)) == inline
    runs = "".join(f'<r><rPr><b/></rPr><t xml:space="preserve">{piece}</t></r>' for piece in (text[:3], text[3:]))
    pronounced = '<rPh sb="0" eb="1"><t>how it is said</t></rPh>'
    assert read_cell(with_cell(template, ' t="s"><v>0</v></c>', runs + pronounced)) == inline


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Acme_x000D_\nGmbH", "Acme\nGmbH"),
        ("Acme_x000D_", "Acme\n"),
        ("A_x005F_x0041_B", "A_x0041_B"),
        ("_x0041_", "A"),
        ("_x00E4__x00e4_", "ää"),
        ("_x41_ _x00G1_ _X0041_", "_x41_ _x00G1_ _X0041_"),
        ("_xD83D__xDE00_", "😀"),
    ],
)
def test_the_escapes_of_the_container_are_undone(written: str, text: str) -> None:
    assert encode(written, "s", None) == text


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("a_x0000_b", "has a character that no text can have"),
        ("a_xD83D_b", "has a character that no text can have"),
        ("x" * (MAX_TEXT + 1), "is longer than any cell may be"),
    ],
)
def test_what_no_text_holds_is_refused(written: str, said: str) -> None:
    cell = encode(written, "s", None)
    assert len(json.dumps(cell)) < 1_000
    for kind in Kind:
        with pytest.raises(Unfit, match=said):
            text_of(cell, kind)


def test_the_longest_text_of_a_cell_is_a_text() -> None:
    assert encode("ä" * MAX_TEXT, "s", None) == "ä" * MAX_TEXT
