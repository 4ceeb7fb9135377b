"""The one form in which texts are compared, stored or typed: names, numbers, keys and words. Pure.

Where people see one name, files and keyboards write many: composed and decomposed letters, full-width characters,
typographic quotes and dashes, no-break spaces, invisible characters. All of them have one common form. Screens always
show the original text.
"""

from __future__ import annotations

from unicodedata import category, combining, normalize

_MOST_ROUNDS = 8
"""Two are enough for all texts except contrived ones."""


def common_form(text: str) -> str:
    """The text in the form for comparison; empty if nothing of it is visible.

    Compatible characters are one (Unicode's NFKC), case is folded in all scripts, `İ`, `ı`, `I` and `i` are one, and so
    is everything that plain_form unifies. Accents stay: code that should ignore them must fold them here, and nowhere
    else. The form of a form is itself. Line breaks are white space, so no form contains one.
    """
    if text.isascii():
        return text.lower() if text.isalnum() else _plain_ascii(text).lower()
    rounds = 0
    # Each step can make work for the earlier ones: `ŉ` folds to an apostrophe and a letter.
    while (folded := _folded(text)) != text and rounds < _MOST_ROUNDS:
        text, rounds = folded, rounds + 1
    return text


def _folded(text: str) -> str:
    return _plain(_without_dots(_plain(text.translate(_I)).casefold().translate(_I)))


def plain_form(text: str) -> str:
    """The text as it could have been typed on a plain keyboard, in its own case.

    Compatible characters are one (NFKC); typographic quotes, apostrophes and dashes become `"`, `'` and `-`; white
    space becomes single spaces, with none at the ends. Invisible characters are left out: zero-width ones, soft
    hyphens, byte-order and direction marks, variation selectors, controls.
    """
    return _plain_ascii(text) if text.isascii() else _plain(text)


def _plain_ascii(text: str) -> str:
    return " ".join(text.translate(_ASCII).split())


def _plain(text: str) -> str:
    # Before composing, since an omitted character may separate a letter from its accent; after it, for new ones.
    plain = normalize("NFKC", text.translate(_SIGNS))
    return " ".join(normalize("NFKC", plain.translate(_SIGNS)).split())


_DASHES = (
    "\u058a\u05be\u1400\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u207b\u208b\u02d7\u2e17\u2e1a\u2e3a\u2e3b"
    "\u2e40\u2e5d\u30a0\ufe31\ufe32\ufe58\ufe63\uff0d\U00010d6e\U00010ead"
)
"""Unicode's dashes and minus signs, without wave dashes. The Japanese long vowel mark is a letter."""
_SINGLE = (
    "`\u00b4\u2018\u2019\u201a\u201b\u2039\u203a\u02b9\u02bb\u02bc\u02bd\u02c8\u02ca\u02cb\u2032\u2035\u055a\u05f3"
    "\ua78b\ua78c\uff07\uff40"
)
"""Single quotes, apostrophes, and what people type for them."""
_DOUBLE = (
    "\u00ab\u00bb\u201c\u201d\u201e\u201f\u2e42\u300c\u300d\u300e\u300f\u301d\u301e\u301f\ufe41\ufe42\ufe43\ufe44"
    "\uff02\uff62\uff63\u02ba\u02ee\u02dd\u2033\u2036\u05f4"
)
_WAVES = "\u301c\u3030\u223c\u223d\uff5e"
"""Japanese texts have one or the other, depending on their former encoding."""
_BLANK = "\u2800"
"""The Braille pattern without dots."""
_UNSEEN = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
"""Unicode's Default_Ignorable_Code_Point, and the marks of interlinear notes; controls are added below."""

_SIGNS: dict[int, str | None] = {
    **{place: None for first, last in _UNSEEN for place in range(first, last + 1)},
    **{place: None for place in range(0xA0) if category(chr(place)) == "Cc" and not chr(place).isspace()},
    **{ord(sign): "-" for sign in _DASHES},
    **{ord(sign): "'" for sign in _SINGLE},
    **{ord(sign): '"' for sign in _DOUBLE},
    **{ord(sign): "~" for sign in _WAVES},
    ord(_BLANK): " ",
}
_ASCII = {place: sign for place, sign in _SIGNS.items() if place < 0x80}
_I = {ord("İ"): "i", ord("ı"): "i"}
_DOT = "\u0307"
_ABOVE = combining(_DOT)


def _without_dots(folded: str) -> str:
    """Removes the second sign of an `İ` written in two: an `i` has its dot. Marks below may come between."""
    if _DOT not in folded:
        return folded
    kept: list[str] = []
    after_i = False
    for sign in normalize("NFD", folded):
        if sign == _DOT and after_i:
            continue
        after_i = sign == "i" or (after_i and 0 < combining(sign) < _ABOVE)
        kept.append(sign)
    return "".join(kept)
