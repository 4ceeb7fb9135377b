"""Product types that occur in orders within reach."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Select, false, or_, select, true

from store.domain.orders.order import ProductType
from store.domain.people import Reach
from store.domain.texts import common_form
from store.queries.query import query
from store.tables import AccountManagerRow, OrderRow, ProductTypeRow


def _occurs(*within: ColumnElement[bool]) -> ColumnElement[bool]:
    """That there is an order of the type: one look into an index for each of the two lists.

    Asked for as the first order of the index that begins with the type: asked whether one exists, PostgreSQL goes
    through all orders once, or through all until it meets a rare type.
    """
    first = (
        select(OrderRow.key)
        .where(OrderRow.product_type_key == ProductTypeRow.key, *within)
        .order_by(OrderRow.status, OrderRow.order_type, OrderRow.create_time, OrderRow.key)
        .limit(1)
        .correlate(ProductTypeRow, AccountManagerRow)
    )
    return or_(*(first.where(OrderRow.resellers == tab).scalar_subquery().is_not(None) for tab in (false(), true())))


@query
def _of_all() -> Select[int, str, str]:
    return select(ProductTypeRow.key, ProductTypeRow.service_type_code, ProductTypeRow.service_type_name).where(
        _occurs()
    )


@query
def _of_one(account_name_folded: str | None) -> Select[int, str, str]:
    return (
        select(ProductTypeRow.key, ProductTypeRow.service_type_code, ProductTypeRow.service_type_name)
        .join(AccountManagerRow, true())
        .where(
            AccountManagerRow.account_name_folded == account_name_folded,
            _occurs(OrderRow.account_manager_key == AccountManagerRow.key),
        )
    )


def list_product_types(connection: Connection, reach: Reach) -> tuple[ProductType, ...]:
    """All product types of orders within the reach, by name."""
    rows = _of_all(connection) if reach.everything else _of_one(connection, reach.compared)
    found = [ProductType(row.key, row.service_type_code, row.service_type_name) for row in rows]
    # Sorted here: databases differ in how they order names.
    return tuple(sorted(found, key=lambda product: (common_form(product.service_type_name), product.key)))
