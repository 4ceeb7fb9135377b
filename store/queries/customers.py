"""Customers within reach: one by its key, and those that typing ahead offers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import ColumnElement, Connection, Select, Text, bindparam, case, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute

from store.domain.customers import CustomerName, CustomerTab, fold_text
from store.domain.people import Reach
from store.queries.reading import AnyRow, Scoped
from store.tables import AccountManagerRow, CustomerRow

_NAMES = select(CustomerRow.key, CustomerRow.name, CustomerRow.account_name, CustomerRow.resellers).join(
    AccountManagerRow, AccountManagerRow.key == CustomerRow.account_manager_key
)
_NAME = Scoped.of(_NAMES.where(CustomerRow.key == bindparam("key")))
_SUGGESTED = (
    _NAMES.where(CustomerRow.search_text.contains(bindparam("text"), autoescape=False, escape="\\"))
    .order_by(
        case((CustomerRow.search_text.startswith(bindparam("text"), escape="\\"), 0), else_=1),
        CustomerRow.search_text,
        CustomerRow.key,
    )
    .limit(bindparam("limit"))
)
_SUGGESTED_OF_ANY_TAB = Scoped.of(_SUGGESTED)
_SUGGESTED_OF_TAB = Scoped.of(_SUGGESTED.where(CustomerRow.resellers == bindparam("resellers")))
_MANAGER = select(AccountManagerRow.key).where(AccountManagerRow.account_name == bindparam("reach"))


def find_manager_key(connection: Connection, reach: Reach) -> int | None:
    """The key of the account manager whose orders the reach covers; None where no customer is theirs."""
    return connection.execute(_MANAGER, {"reach": reach.account_name}).scalar()


def list_customer_keys(connection: Connection, values: dict[str, object], limit: int) -> Sequence[int]:
    """At most so many customers with a part of a name, in no order.

    Values: `resellers`, the folded `text`, and `manager` where only one account manager's are meant.
    """
    text = str(values["text"])
    # Two letters that follow each other are what PostgreSQL has an index of; SQLite reads all names as fast.
    pairs = sorted({text[place : place + 2] for place in range(len(text) - 1)})
    by_pairs = bool(pairs) and "manager" not in values and connection.dialect.name == "postgresql"
    statement = _keys_named(connection.dialect.name, own="manager" in values, by_pairs=by_pairs)
    return connection.execute(statement, {**values, "pairs": pairs, "limit": limit}).scalars().all()


@cache
def _keys_named(dialect: str, *, own: bool, by_pairs: bool) -> Select[int]:
    statement = select(CustomerRow.key).where(
        CustomerRow.resellers == bindparam("resellers"), contains_text(CustomerRow.search_text, dialect)
    )
    if own:
        statement = statement.where(CustomerRow.account_manager_key == bindparam("manager"))
    if by_pairs:
        pairs = func.letter_pairs(CustomerRow.search_text, type_=postgresql.ARRAY(Text))
        statement = statement.where(pairs.contains(bindparam("pairs", type_=postgresql.ARRAY(Text))))
    index = "ix_customers_own" if own else "ix_customers_all"
    return statement.with_hint(CustomerRow, f"INDEXED BY {index}", "sqlite").limit(bindparam("limit"))


def contains_text(searched: ColumnElement[str] | InstrumentedAttribute[str], dialect: str) -> ColumnElement[bool]:
    """Whether `text` is in it, sign by sign: none means anything but itself."""
    position = func.instr if dialect == "sqlite" else func.strpos
    found: ColumnElement[bool] = position(searched, bindparam("text", type_=Text)) > 0
    return found


def find_customer(connection: Connection, reach: Reach, key: int) -> CustomerName | None:
    """The customer, within the reach."""
    row = _NAME.run(connection, reach, key=key).first()
    return _name(row) if row else None


def list_customers_named(
    connection: Connection, reach: Reach, text: str, tab: CustomerTab | None, limit: int
) -> tuple[CustomerName, ...]:
    """At most so many customers with that part of a name or account name, those that begin with it first."""
    values = {"text": escape_like(fold_text(text)), "limit": limit}
    if tab is None:
        rows = _SUGGESTED_OF_ANY_TAB.run(connection, reach, **values)
    else:
        resellers = tab is CustomerTab.RESELLERS_CUSTOMERS
        rows = _SUGGESTED_OF_TAB.run(connection, reach, resellers=resellers, **values)
    return tuple(_name(row) for row in rows)


def escape_like(text: str) -> str:
    """The text as LIKE with a backslash for escape takes it literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _name(row: AnyRow) -> CustomerName:
    tab = CustomerTab.RESELLERS_CUSTOMERS if row.resellers else CustomerTab.CUSTOMERS
    return CustomerName(row.key, row.name, row.account_name, tab)
