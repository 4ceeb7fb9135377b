"""The tables, as SQLAlchemy classes that end in Row. Only store.queries and store.migrations look at them."""

from store.tables.audit import AuditRow
from store.tables.base import Base, UtcTime
from store.tables.customers import AccountManagerRow, CustomerRow
from store.tables.members import MemberRow, WorkspaceRow
from store.tables.orders import OrderDiscountRow, OrderItemRow, OrderRow, ProductTypeRow

__all__ = [
    "AccountManagerRow",
    "AuditRow",
    "Base",
    "CustomerRow",
    "MemberRow",
    "OrderDiscountRow",
    "OrderItemRow",
    "OrderRow",
    "ProductTypeRow",
    "UtcTime",
    "WorkspaceRow",
]
