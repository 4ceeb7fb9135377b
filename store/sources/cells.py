"""The cells of a sheet as JSON: their own kinds, before their columns interpret them.

Texts, numbers, true and false are themselves. Anything else is a list that begins with its kind: `["date", shown]`,
`["time", shown]`, `["formula", shown]`, `["error", shown]`, `["long", shown]`, `["broken", shown]`; and
`["percent", number]`, `["format", number, format]` for a number whose number format shows other characters than its
digits, such as leading zeros. Part of the program that unpacks workbooks.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from functools import lru_cache
from typing import Any

from openpyxl.utils.escape import unescape

MAX_TEXT = 32_767
"""The most characters of a cell in any spreadsheet program (Excel's specifications and limits)."""
_SHOWN = 200
_BROKEN = re.compile("[\x00\ud800-\udfff]")

# A number format, ECMA-376 part 1, 18.8.31: sections for positive, negative, zero and text, separated by semicolons.
_FORMAT_PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"'
    r"|\\(?P<escaped>.)"
    r"|[_*]."
    r"|\[\$(?P<currency>[^\]-]*)[^\]]*\]"
    r"|\[[^\]]*\]"
    r"|(?P<exponent>[Ee][+-])"
    r"|(?P<end>;)"
    r"|(?P<plain>.)",
    re.DOTALL,
)
_PLACES = frozenset("0#?.,@ ")


def encode(value: Any, data_type: str, number_format: str | None) -> Any:  # noqa: ANN401 - whatever a cell can hold
    """One cell, as openpyxl read it, in JSON's types; an empty text if it is empty."""
    if value is None:
        return ""
    if data_type == "f":
        return ["formula", _short(getattr(value, "text", None) or str(value))]
    if data_type == "e":
        return ["error", _short(str(value))]
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value, number_format)
    if isinstance(value, dt.datetime) and value.time() == dt.time.min:
        return ["date", value.date().isoformat()]
    if isinstance(value, dt.date):
        return ["date", value.isoformat()]
    return ["time", _short(str(value))]


def _short(text: str) -> str:
    return _BROKEN.sub("\ufffd", text[:_SHOWN])


def _text(text: str) -> Any:  # noqa: ANN401 - a text, or why there is none
    """A text with the container's escapes undone (ST_Xstring, ECMA-376 part 1, 22.9.2.19)."""
    if "_x" in text:
        text = unescape(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _BROKEN.search(text):
        # Some programs escape both halves of a surrogate pair.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        if _BROKEN.search(text):
            return ["broken", _short(text)]
    return ["long", text[:_SHOWN]] if len(text) > MAX_TEXT else text


def _number(value: float, number_format: str | None) -> Any:  # noqa: ANN401 - a number, or what it is instead
    if not math.isfinite(value):
        return ["error", str(value)]
    if not number_format or number_format == "General":
        return value
    shown = _format(number_format)
    if shown is None:
        return value
    zeros, percent, otherwise = shown
    if percent:
        return ["percent", value]
    if otherwise or len(str(abs(int(value)))) < zeros:
        return ["format", value, _short(number_format)]
    return value


@lru_cache(1_000)
def _format(number_format: str) -> tuple[int, bool, bool] | None:
    """The least digits that a format shows before the point, whether it is in percent, and whether it shows other
    characters among them; None if it shows only digits.
    """
    places, percent, otherwise = "", False, False
    for piece in _FORMAT_PIECE.finditer(number_format.replace("General", "")):
        if piece["end"]:
            break
        plain = piece["plain"] or ""
        literal = piece["quoted"] or piece["escaped"] or piece["currency"] or ""
        percent = percent or plain == "%"
        otherwise = otherwise or bool(literal.strip()) or bool(plain and plain != "%" and plain not in _PLACES)
        places += plain
    zeros = places.partition(".")[0].count("0")
    return (zeros, percent, otherwise) if zeros > 1 or percent or otherwise else None
