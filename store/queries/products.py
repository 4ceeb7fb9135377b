"""Product types that occur in orders within reach."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, exists, select, true

from store.domain.customers import fold_text
from store.domain.orders import ProductType
from store.domain.people import Reach
from store.tables import AccountManagerRow, OrderRow, ProductTypeRow

_OF_ALL = select(ProductTypeRow.key, ProductTypeRow.service_type_code, ProductTypeRow.service_type_name).where(
    exists().where(OrderRow.product_type_key == ProductTypeRow.key)
)
_OF_ONE = (
    select(ProductTypeRow.key, ProductTypeRow.service_type_code, ProductTypeRow.service_type_name)
    .join(AccountManagerRow, true())
    .where(
        AccountManagerRow.account_name == bindparam("reach"),
        exists().where(
            OrderRow.product_type_key == ProductTypeRow.key,
            OrderRow.account_manager_key == AccountManagerRow.key,
            OrderRow.resellers.in_((False, True)),
        ),
    )
)


def list_product_types(connection: Connection, reach: Reach) -> tuple[ProductType, ...]:
    """All product types of orders within the reach, by name."""
    if reach.everything:
        rows = connection.execute(_OF_ALL)
    else:
        rows = connection.execute(_OF_ONE, {"reach": reach.account_name})
    found = [ProductType(row.key, row.service_type_code, row.service_type_name) for row in rows]
    # Sorted here: databases differ in how they order names.
    return tuple(sorted(found, key=lambda product: (fold_text(product.service_type_name), product.key)))
