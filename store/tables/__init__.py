"""The tables, as SQLAlchemy classes that end in Row. Only store.queries and store.migrations look at them."""

from store.tables.adjustments import AdjustmentEventRow, AdjustmentItemRow, AdjustmentRow
from store.tables.audit import AuditRow
from store.tables.base import Base, UtcTime
from store.tables.customers import AccountManagerRow, CustomerRow
from store.tables.exports import ExportCustomerRow, ExportEventRow, ExportRow
from store.tables.members import MemberRow, WorkspaceRow
from store.tables.orders import OrderDiscountRow, OrderItemRow, OrderRow, ProductTypeRow
from store.tables.outbox import DeliveryRow, OutboxPauseRow, OutboxRow, SignatureRow

__all__ = [
    "AccountManagerRow",
    "AdjustmentEventRow",
    "AdjustmentItemRow",
    "AdjustmentRow",
    "AuditRow",
    "Base",
    "CustomerRow",
    "DeliveryRow",
    "ExportCustomerRow",
    "ExportEventRow",
    "ExportRow",
    "MemberRow",
    "OrderDiscountRow",
    "OrderItemRow",
    "OrderRow",
    "OutboxPauseRow",
    "OutboxRow",
    "ProductTypeRow",
    "SignatureRow",
    "UtcTime",
    "WorkspaceRow",
]
