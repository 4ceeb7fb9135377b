"""The database address, DATABASE_URL: one of two kinds, and without anything on which a driver would fail.

An error about a wrong address repeats only the names of its options: the address may contain a password.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from psycopg import pq
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from store.domain.errors import DatabaseUnavailable

_KINDS = {"sqlite": "pysqlite", "postgresql": "psycopg"}
_EXPECTED = "the address must begin with sqlite:///, and a file's path, or postgresql+psycopg://"
_FORM = (
    "the address cannot be read; it must be postgresql+psycopg://user:password@host:port/database, the port a number, "
    "and @ and % in a password written as %40 and %25"
)
_SEVERAL = frozenset({"host", "port"})
"""Options that an address may contain more than once, for several servers."""


def parse(url: str) -> URL:
    """The address in its parts. Raises DatabaseUnavailable if no driver could use it."""
    try:
        parsed = make_url(url)
        kind, driver = parsed.get_backend_name(), parsed.get_driver_name()
    except (ArgumentError, ValueError):
        raise DatabaseUnavailable(_FORM if url.startswith("postgresql+psycopg:") else _EXPECTED) from None
    if _KINDS.get(kind) != driver:
        raise DatabaseUnavailable(_EXPECTED)
    if "\0" in parsed.render_as_string(hide_password=False) + str(parsed.password):
        raise DatabaseUnavailable("the address holds a NUL character, which neither a name nor a password has")
    if kind == "sqlite":
        _check_file(parsed)
    else:
        _check_server(parsed)
    return parsed


def _check_file(url: URL) -> None:
    if url.username or url.password or url.host or url.port:
        raise DatabaseUnavailable("three slashes go before a file's path: sqlite:///var/order-desk.db")
    if not url.database or url.database == ":memory:":
        raise DatabaseUnavailable("SQLite needs a file's path: several threads share the database")
    if url.query:
        raise DatabaseUnavailable(f"a file of SQLite's takes no options; leave out {_listed(url.query)}")


def _check_server(url: URL) -> None:
    if "@" in (url.host or ""):
        # The rest of a password, which a network error would reveal.
        raise DatabaseUnavailable(_FORM)
    unknown = url.query.keys() - _options()
    if unknown:
        raise DatabaseUnavailable(f"PostgreSQL knows no option {_listed(unknown)}; check its spelling, or leave it out")
    twice = [name for name, value in url.query.items() if not isinstance(value, str) and name not in _SEVERAL]
    if twice:
        raise DatabaseUnavailable(f"the option {_listed(twice)} is given twice")
    patience = url.query.get("connect_timeout")
    if patience is not None and not (isinstance(patience, str) and patience.isascii() and patience.isdigit()):
        raise DatabaseUnavailable("the option connect_timeout must be a whole number of seconds")
    try:
        url.get_dialect()().create_connect_args(url)
    except (ArgumentError, ValueError):
        raise DatabaseUnavailable(_FORM) from None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


@lru_cache(maxsize=1)
def _options() -> frozenset[str]:
    return frozenset(option.keyword.decode() for option in pq.Conninfo.get_defaults())


def beside(url: URL, ours: Mapping[str, Any]) -> dict[str, Any]:
    """This program's options for PostgreSQL, and the address's own, which win."""
    given = {name: value for name, value in url.query.items() if name in ours}
    options = given.pop("options", "")
    kept = {name: value for name, value in ours.items() if name not in given}
    # Of two options that set the same, the last one applies.
    return kept | {"options": f"{ours['options']} {options}".strip()} if options else kept


def missing_file(url: str) -> Path | None:
    """The SQLite file in the address, if it does not exist yet: a reader must not create it.

    Raises DatabaseUnavailable, like `parse`.
    """
    path = file_of(url)
    return None if path is None or path.exists() else path


def file_of(url: str) -> Path | None:
    """The SQLite file in the address; None for PostgreSQL. Raises DatabaseUnavailable, like `parse`."""
    parsed = parse(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None
