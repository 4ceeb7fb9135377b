"""Recognises a file by its first bytes, not by its name, so that a refusal can name the cause and the remedy."""

from __future__ import annotations

import codecs
import mmap
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

SAVE_AS = "open it in a spreadsheet program and save it as “Excel Workbook (.xlsx)”"
SAVE_CSV = "open it in a spreadsheet program and save it as “CSV UTF-8”"
HEAD = 4_096
"""The bytes that are examined first."""
_OLD_WORKBOOK = "is an old Excel workbook (.xls)"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""A compound file, [MS-CFB] 2.2: from old Office programs, and from new ones for files with a password."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""The name of the stream that holds the protected file, [MS-OFFCRYPTO] 2.3.4.4."""
_WORD = "WordDocument".encode("utf-16-le")
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_STARTS = (
    (b"%PDF", "is a PDF", None),
    (b"\x1f\x8b", "is packed (.gz)", "unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "is packed (.7z)", "unpack it"),
    (b"Rar!", "is packed (.rar)", "unpack it"),
    (b"\x09\x00\x04\x00", _OLD_WORKBOOK, None),
    (b"\x09\x02\x06\x00", _OLD_WORKBOOK, None),
    (b"\x09\x04\x06\x00", _OLD_WORKBOOK, None),
    (b"\x09\x08\x10\x00", _OLD_WORKBOOK, None),
)
_HTML = ("<!doctype html", "<html", "<head", "<body", "<meta", "<style", "<table", "<div")
_MARKUP = "is a web page (HTML)"


class Form(Enum):
    """The forms of a file that matter for a bundle."""

    EMPTY = auto()
    ARCHIVE = auto()
    """A workbook (.xlsx) or another archive: a separate process examines its contents."""
    UTF_16 = auto()
    OTHER = auto()
    TEXT = auto()
    """Text, or what cannot be told apart from it at once."""


@dataclass(frozen=True, slots=True)
class Container:
    """The form of a file."""

    form: Form
    what: str = ""
    """Words that follow its name, such as `is a PDF`; empty for text."""
    advice: str | None = None
    """The remedy; None if it depends on what was expected."""


def look_at(path: Path) -> Container:
    """Examines the file at that path. Raises OSError if it cannot be read."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        return Container(Form.EMPTY, "is empty")
    if head.startswith(_ARCHIVES):
        return Container(Form.ARCHIVE, "is a workbook or another archive")
    if head.startswith(_OLE):
        return _compound(path)
    for start, what, advice in _STARTS:
        if head.startswith(start):
            return Container(Form.OTHER, what, advice)
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = head.decode("utf-16" if wide else "utf-8", "replace").lstrip("\ufeff \t\r\n").lower()
    if markup := _markup(text):
        return Container(Form.OTHER, markup)
    return Container(Form.UTF_16, "is UTF-16") if wide else Container(Form.TEXT)


def _compound(path: Path) -> Container:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find(_ENCRYPTED) >= 0:
            return Container(Form.OTHER, "is protected by a password", "remove the password and save it again")
        if content.find(_WORD) >= 0:
            return Container(Form.OTHER, "is an old Word document (.doc)")
    return Container(Form.OTHER, _OLD_WORKBOOK)


def _markup(text: str) -> str:
    if text.startswith(_HTML):
        return _MARKUP
    if text.startswith("mime-version:"):
        return "is a web archive (MHTML)"
    if text.startswith("{\\rtf"):
        return "is a text of a word processor (RTF)"
    if text.startswith("<"):
        if "excel.sheet" in text or "schemas-microsoft-com:office:spreadsheet" in text:
            return "is an XML Spreadsheet 2003"
        if "tc:opendocument" in text:
            return "is a flat OpenDocument spreadsheet (.fods)"
        return _MARKUP if "<html" in text else "is XML"
    return ""
