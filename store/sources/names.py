"""The names of a bundle's files and sheets: which part each stands for, and what is said of those that are none."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

from store.domain.imports import BrokenBundle, Part, shorten

_NEAR = 0.8
"""How alike two names are where one is taken for a slip of the other, as `order_discount` for `order_discounts`."""
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_LONGEST = 100
"""Characters of a file's name that others are made of: with every character four bytes long, a file system takes it."""


def shown_name(path: Path) -> str:
    r"""A path's last name as it is told and kept: an escape such as `\x1b` stands for what cannot be seen."""
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in _last_name(path)) or "bundle"


def plain_name(path: Path) -> str:
    """A path's last name as a part of another file's name.

    What cannot be seen becomes `_`, and so does a dot or dash at its beginning.
    """
    seen = "".join(sign if sign.isprintable() else "_" for sign in _last_name(path))
    return re.sub("^[-.]", "_", seen) or "bundle"


def _last_name(path: Path) -> str:
    return path.name if path.name not in ("", "..") else path.resolve().name


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape", "surrogatepass").decode("ascii")


def derived_name(path: Path, ending: str) -> str:
    """The name of a file that is made from the one at that path: its own without its suffix, and the ending."""
    name = plain_name(path)
    stem = name if path.is_dir() else Path(name).stem
    return f"{stem[:_LONGEST]}{ending}"


def refuse_slips(what: str, others: Iterable[str], found: Iterable[Part]) -> None:
    """Raises BrokenBundle naming one of the other names that is nearly that of a part which there is not.

    `what` goes before the name: empty for files, `sheet ` for sheets.
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
    # `items` and `discounts` alone are understood by people, too.
    return plain == part.split("_")[-1] or difflib.SequenceMatcher(None, plain, part).ratio() >= _NEAR
