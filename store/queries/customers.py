"""Customers within reach: one by its key, and those that typing ahead offers."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, case, select

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
