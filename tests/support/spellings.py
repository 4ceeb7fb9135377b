"""One text in the many ways that files and keyboards write it, for tests of comparisons."""

from __future__ import annotations

from unicodedata import normalize

from hypothesis import strategies as st

UNSEEN = ("\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u200e", "\u202e", "\u2066", "\ufe0f", "\u034f", "\x07")
SPACES = (" ", "\u00a0", "\u2009", "\u202f", "\u3000", "  ", "\t", "\u00a0 ")
_ALSO = {
    "'": ("\u2018", "\u2019", "\u02bc", "\u2032", "`", "\u00b4", "\uff07"),
    '"': ("\u201c", "\u201d", "\u201e", "\u00ab", "\u00bb", "\u300c", "\uff02"),
    "-": ("\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212", "\uff0d"),
    " ": SPACES,
    "i": ("I", "\u0130", "\u0131", "i\u0307", "\uff29"),
    "I": ("i", "\u0130", "\u0131", "i\u0307", "\uff29"),
}


def _written(draw: st.DrawFn, sign: str) -> str:
    ways = [sign, sign.upper(), sign.lower(), normalize("NFD", sign), *_ALSO.get(sign, ())]
    if "!" <= sign <= "~":
        ways.append(chr(ord(sign) + 0xFEE0))
    written: str = draw(st.sampled_from(ways))
    return written


@st.composite
def spellings(draw: st.DrawFn, text: str) -> str:
    """The text in another spelling: case, width, composition, quotes, dashes, spaces, and invisible characters."""
    written: list[str] = []
    for sign in text:
        written.append(_written(draw, sign))
        if draw(st.integers(0, 5)) == 0:
            written.append(draw(st.sampled_from(UNSEEN)))
    ends = draw(st.tuples(*[st.sampled_from(("", *UNSEEN, *SPACES))] * 2))
    return "".join([ends[0], *written, ends[1]])
