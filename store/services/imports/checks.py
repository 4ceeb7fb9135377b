"""What only the rows of a bundle together can show to be wrong, said in words for the people who keep the bundle.

Asks the queries, lets the domain judge sums, and keeps what it finds in staging. Writes nothing of the desk's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import Connection

from store.domain.imports import BadRow, Part, shorten
from store.domain.money import Money, minor_digits
from store.domain.orders.amounts import ItemAmounts, OrderAmounts, check_amounts
from store.domain.orders.errors import AmountsDoNotAddUp
from store.domain.orders.order import Discount, DiscountType, OrderType
from store.queries.imports import checks as ask
from store.queries.imports.merge import orders_are_kept
from store.queries.imports.references import resolve_spellings
from store.queries.imports.staging import UNIT, add_bad_rows, count_bad_rows, index_parts, remove_bad_rows
from store.queries.imports.sums import find_suspects, list_staged_parts, list_suspects

MAX_PARTS = 20_000
"""Items, or discounts, of one order: more is taken for a mistake, and would not fit in memory at once."""
_KEPT_AT_ONCE = 1_000
Finding = tuple[Part, BadRow]


def check_staged(connection: Connection, unit: str) -> bool:
    """Looks at all that is staged, and keeps what is wrong beside it.

    `unit` is what the bundle's rows stand on, `line` or `row`. Gives whether the orders differ from those that the desk
    has; where they do not, they were judged when they came.
    """
    _keep(connection, _repeated(connection, unit))
    # What stands twice stands for nothing: orders of such a customer are asked about as if the rows were not there.
    remove_bad_rows(connection)
    good = not count_bad_rows(connection)
    if good and orders_are_kept(connection):
        return False
    if resolve_spellings(connection) and good and orders_are_kept(connection):
        return False
    suspects = find_suspects(connection, MAX_PARTS)
    for look in (_misfits, _unknown_customers, _orphans, _odd_counts, _unknown_items, _taken_items):
        if suspects or look is not _odd_counts:
            _keep(connection, look(connection))
    if suspects:
        index_parts(connection)
        _keep(connection, _wrong_sums(connection))
    return True


def _keep(connection: Connection, findings: Iterable[Finding]) -> None:
    findings = iter(findings)
    while batch := list(islice(findings, _KEPT_AT_ONCE)):
        for part in {part for part, _ in batch}:
            add_bad_rows(connection, part, [row for of, row in batch if of is part])


def _found(part: Part, row: ask.Found, column: str, reason: str) -> Finding:
    return part, BadRow("", row.line, column, shorten(row.value), reason, row.owner)


def _repeated(connection: Connection, unit: str) -> Iterator[Finding]:
    for part, column, row in ask.list_repeated(connection):
        yield _found(
            part, row, column, f"stands on {row.times} {unit}s, first on {unit} {row.first}; one row is expected"
        )


def _unknown_customers(connection: Connection) -> Iterator[Finding]:
    for row in ask.list_unknown_customers(connection):
        reason = "is a customer whose own row was rejected" if row.rejected else "is not a customer that is known"
        yield _found(Part.ORDERS, row, "customer_id", reason)


def _orphans(connection: Connection) -> Iterator[Finding]:
    for part, row in ask.list_orphans(connection):
        yield _found(part, row, "order_id", "is not an order of this bundle")


def _odd_counts(connection: Connection) -> Iterator[Finding]:
    for row in ask.list_odd_counts(connection, MAX_PARTS):
        if not row.items:
            yield _found(Part.ORDERS, row, "order_id", "is an order without items")
        else:
            have = f"{row.items} items and {row.discounts} discounts"
            yield _found(Part.ORDERS, row, "order_id", f"has {have}; at most {MAX_PARTS} of each are taken")


def _unknown_items(connection: Connection) -> Iterator[Finding]:
    for row in ask.list_unknown_items(connection):
        yield _found(Part.ORDER_DISCOUNTS, row, "order_line_item_id", "is not an item of that order")


def _taken_items(connection: Connection) -> Iterator[Finding]:
    for row in ask.list_taken_items(connection):
        reason = f"is already an item of another order, {row.other}"
        yield _found(Part.ORDER_ITEMS, row, "order_line_item_id", reason)


def _misfits(connection: Connection) -> Iterator[Finding]:
    for part, amounts, row in ask.list_misfits(connection):
        if row.currency is not None and row.currency != row.of_order:
            reason = f"is not the currency of its order, {row.of_order}"
            yield part, BadRow("", row.line, "currency", row.currency, reason, row.owner)
            continue
        digits = minor_digits(row.of_order)
        for column, amount in amounts:
            if amount % row.scale:
                reason = f"is too fine: {row.of_order} has {digits} decimal places"
                value = f"{amount // UNIT}.{amount % UNIT:04}".rstrip("0")
                yield part, BadRow("", row.line, column, value, reason, row.owner)


def _wrong_sums(connection: Connection) -> Iterator[Finding]:
    for order in list_suspects(connection):
        items, discounts = list_staged_parts(connection, order.order_id_folded)
        currency, scale = order.currency, order.scale

        def money(amount: int, currency: str = currency, scale: int = scale) -> Money:
            return Money.of_minor(amount // scale, currency)

        figures = OrderAmounts(
            order.order_id,
            OrderType(order.order_type),
            money(order.official_amount),
            money(order.amount_after_discount),
            money(order.coupon_amount),
            money(order.flexipurchase_coupon_amount),
            money(order.stored_card_amount),
        )
        lines = {item.order_line_item_id: item.line for item in items}
        try:
            check_amounts(
                figures,
                [
                    ItemAmounts(item.order_line_item_id, money(item.official_amount), money(item.amount_after_discount))
                    for item in items
                ],
                [
                    Discount(DiscountType(row.discount_type), money(row.discount_amount), row.order_line_item_id)
                    for row in discounts
                ],
            )
        except AmountsDoNotAddUp as error:
            yield _wrong_sum(order, lines, error)


def _wrong_sum(order: ask.Found, lines: dict[str, int], error: AmountsDoNotAddUp) -> Finding:
    item = error.order_line_item_id
    part = Part.ORDERS if item is None else Part.ORDER_ITEMS
    line = order.line if item is None else lines[item]
    column = "order_id" if item is None else "order_line_item_id"
    reason = f"does not add up: {error.what}"
    return part, BadRow("", line, column, shorten(item or order.order_id), reason, order.order_id_folded)
