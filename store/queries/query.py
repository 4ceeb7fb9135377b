"""Statements that people wait for: each is built once, beside the function that asks it.

To build one costs twice what it takes to run it. What is asked seldom is built where it is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from inspect import signature
from typing import Any, Concatenate, ParamSpec, TypeVarTuple, cast, overload

from sqlalchemy import Connection, CursorResult, Delete, Executable, Select, Update, bindparam

P = ParamSpec("P")
Columns = TypeVarTuple("Columns")


@overload
def query(build: Callable[P, Select[*Columns]]) -> Callable[Concatenate[Connection, P], CursorResult[*Columns]]: ...


@overload
def query(
    build: Callable[P, Update | Delete],
) -> Callable[Concatenate[Connection, P], CursorResult[*tuple[Any, ...]]]: ...


def query(build: Callable[P, Executable]) -> Callable[Concatenate[Connection, P], CursorResult[*tuple[Any, ...]]]:
    """What executes the statement that `build` makes of its parameters, which stand for the values that are given.

    `build` is called once, with a bound parameter in the place of each value.
    """
    names = [f"of_{name}" for name in signature(build).parameters]

    @cache
    def statement() -> Executable:
        return cast("Callable[..., Executable]", build)(*map(bindparam, names))

    @wraps(build)
    def ask(connection: Connection, /, *values: P.args, **named: P.kwargs) -> CursorResult[*tuple[Any, ...]]:
        given = dict(zip(names, values, strict=False)) | {f"of_{name}": value for name, value in named.items()}
        return connection.execute(statement(), given)

    return ask
