"""Customers within reach: one by its key, and those that typing ahead offers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute

from store.domain.orders.criterion import can_be_kept, is_key
from store.domain.orders.customers import CustomerName, CustomerTab
from store.domain.people import Reach
from store.domain.texts import common_form
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
_MANAGER = select(AccountManagerRow.key).where(AccountManagerRow.account_name_folded == bindparam("reach"))


def find_manager_key(connection: Connection, reach: Reach) -> int | None:
    """The key of the account manager whose orders the reach covers; None where no customer is theirs."""
    return connection.execute(_MANAGER, {"reach": reach.compared}).scalar()


@dataclass(frozen=True, slots=True)
class Named:
    """How customers are found by a part of their name: everything that changes the statement's text."""

    sqlite: bool
    own: bool
    """Whether one account manager's customers only: so few that their names are read one by one."""
    by_letters: bool
    """Whether an index of the letters in names is asked first: SQLite's knows three in a row, PostgreSQL's two."""

    @classmethod
    def of(cls, text: str, *, own: bool, sqlite: bool) -> Named:
        """How a folded text is looked for."""
        return cls(sqlite, own, by_letters=not own and len(text) >= (3 if sqlite else 2))

    def values(self, text: str) -> dict[str, object]:
        """The text's values: `text` itself, and what the index of letters is asked for."""
        quoted = text.replace('"', '""')
        pairs = sorted({text[place : place + 2] for place in range(len(text) - 1)})
        return {"text": text, "letters": f'"{quoted}"' if self.sqlite else pairs}


def list_customer_keys(
    connection: Connection, named: Named, values: dict[str, object], limit: int
) -> tuple[int, object]:
    """How many customers of the tab have a part of a name, at most `limit`; and their keys as one value.

    The value is a list as a bound parameter takes it: it goes from one statement to the next unread.
    Values as of keys_named.
    """
    row = connection.execute(_keys_up_to(named, limit), values).one()
    return row.number, row.keys


@cache
def _keys_up_to(named: Named, limit: int) -> Select[int, str]:
    found = keys_named(named).limit(literal_column(str(limit), Integer)).subquery("named")
    listed = func.json_group_array(found.c.key) if named.sqlite else cast(func.array_agg(found.c.key), Text)
    return select(func.count().label("number"), listed.label("keys")).select_from(found)


def keys_named(named: Named) -> Select[int]:
    """All customers with a part of a name, of one tab. Values: Named's, `resellers`, and `manager` where own."""
    if named.by_letters and named.sqlite:
        # Three letters in a row that are found in a row are the text itself: there is nothing left to look at.
        matching = _LETTERS.c.search_text.op("MATCH", is_comparison=True)(bindparam("letters", type_=Text))
        of_tab = CustomerRow.resellers == bindparam("resellers")
        return select(CustomerRow.key).join(_LETTERS, _LETTERS.c.rowid == CustomerRow.key).where(matching, of_tab)
    searched = CustomerRow.search_text
    statement = select(CustomerRow.key).where(
        CustomerRow.resellers == bindparam("resellers"), contains_text(searched, sqlite=named.sqlite)
    )
    if named.by_letters:
        pairs = func.letter_pairs(searched, type_=postgresql.ARRAY(Text))
        return statement.where(pairs.contains(bindparam("letters", type_=postgresql.ARRAY(Text))))
    if named.own:
        statement = statement.where(CustomerRow.account_manager_key == bindparam("manager"))
    index = "ix_customers_own" if named.own else "ix_customers_all"
    return statement.with_hint(CustomerRow, f"INDEXED BY {index}", "sqlite")


_LETTERS = table("customers_letters", column("rowid", Integer), column("search_text", Text))
"""SQLite's index of letters (FTS5)."""


def contains_text(searched: ColumnElement[str] | InstrumentedAttribute[str], *, sqlite: bool) -> ColumnElement[bool]:
    """Whether `text` is in it, sign by sign: none means anything but itself."""
    position = func.instr if sqlite else func.strpos
    found: ColumnElement[bool] = position(searched, bindparam("text", type_=Text)) > 0
    return found


def find_customer(connection: Connection, reach: Reach, key: int) -> CustomerName | None:
    """The customer, within the reach."""
    row = _NAME.run(connection, reach, key=key).first() if is_key(key) else None
    return _name(row) if row else None


def list_customers_named(
    connection: Connection, reach: Reach, text: str, tab: CustomerTab | None, limit: int
) -> tuple[CustomerName, ...]:
    """At most `limit` customers with that part of a name or account name, those that begin with it first."""
    if not can_be_kept(text):
        return ()
    values = {"text": escape_like(common_form(text)), "limit": limit}
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
