"""The names of a bundle's files and sheets: which part each one means, and the words about the others."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

from store.domain.imports import BrokenBundle, Part, shorten

_NEAR = 0.8
"""The likeness from which a name counts as a slip of another, as `order_discount` for `order_discounts`."""
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_LONGEST = 100
"""The most characters of a file's name that are reused in others: a file system takes them at four bytes each."""


def shown_name(path: Path) -> str:
    r"""A path's last name, as it is shown and stored: an escape such as `\x1b` replaces what cannot be seen."""
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in _last_name(path)) or "bundle"


def plain_name(path: Path) -> str:
    """A path's last name, as a part of another file's name.

    Invisible characters become `_`, and so does a dot or dash at the beginning.
    """
    seen = "".join(sign if sign.isprintable() else "_" for sign in _last_name(path))
    return re.sub("^[-.]", "_", seen) or "bundle"


def _last_name(path: Path) -> str:
    return path.name if path.name not in ("", "..") else path.resolve().name


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape", "surrogatepass").decode("ascii")


def derived_name(path: Path, ending: str) -> str:
    """The name of a file derived from the one at that path: its own without the suffix, and `ending`."""
    name = plain_name(path)
    stem = name if path.is_dir() else Path(name).stem
    return f"{stem[:_LONGEST]}{ending}"


def refuse_slips(what: str, others: Iterable[str], found: Iterable[Part]) -> None:
    """Raises BrokenBundle if another name is nearly that of a missing part, and names it.

    `what` comes before the name: empty for files, `sheet ` for sheets.
    """
    there = set(found)
    missing = [part for part in Part if part not in there]
    for name in others:
        for part in missing:
            if _is_slip(name, part):
                right = part if what else f"{part}.csv"
                raise BrokenBundle(
                    f"{what}{shorten(name)}", f"is not a part of a bundle; if it is meant as {right}, name it so"
                )


def _is_slip(name: str, part: Part) -> bool:
    plain = _BETWEEN_WORDS.sub("_", name.partition(".")[0].lower()).strip("_")
    # People also understand `items` and `discounts` alone.
    return plain == part.split("_")[-1] or difflib.SequenceMatcher(None, plain, part).ratio() >= _NEAR
