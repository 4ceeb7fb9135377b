"""Keys of a bundle's parts that are written otherwise than where they are defined: with other case, dashes or spaces.

A key is what it is as it is written. Only one that names nothing is looked for by its common form, and only where one
thing alone has that form: two customers whose ids differ in case stay two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, insert, literal, not_, select, update

from store.domain.texts import common_form
from store.queries.imports.staging import CUSTOMERS, DISCOUNTS, ITEMS, ORDERS, SPELLINGS
from store.tables import CustomerRow

MOST = 10_000
"""Keys that are looked for by their form: a bundle with more that name nothing is not about spelling."""
_AT_ONCE = 500
_READ_AT_ONCE = 5_000

Key = tuple[str, str]
"""The order's folded number, empty for a customer's; and a key as it is written."""


def names_no_item() -> ColumnElement[bool]:
    """That a staged discount is of an item that its order has not."""
    item = select(literal(1)).where(
        ITEMS.c.order_line_item_id == DISCOUNTS.c.order_line_item_id,
        ITEMS.c.order_id_folded == DISCOUNTS.c.order_id_folded,
    )
    return and_(DISCOUNTS.c.order_line_item_id.is_not(None), not_(exists(item)))


def resolve_spellings(connection: Connection) -> bool:
    """Gives orders their customers and discounts their items where the keys are spelt otherwise; whether any were."""
    customers, items = _lost_customers(connection), _lost_items(connection)
    of_customers = (
        update(ORDERS).values(customer_id=SPELLINGS.c.meant).where(ORDERS.c.customer_id == SPELLINGS.c.written)
    )
    of_items = (
        update(DISCOUNTS)
        .values(order_line_item_id=SPELLINGS.c.meant)
        .where(
            DISCOUNTS.c.order_id_folded == SPELLINGS.c.order_id_folded,
            DISCOUNTS.c.order_line_item_id == SPELLINGS.c.written,
        )
    )
    found = False
    for lost, known, respell in (
        (customers, _known_customers(connection) if customers else (), of_customers),
        (items, _known_items(connection, items), of_items),
    ):
        meant = _meant(lost, known)
        if meant:
            connection.execute(delete(SPELLINGS))
            connection.execute(insert(SPELLINGS), meant)
            connection.execute(respell)
            found = True
    return found


def _lost_customers(connection: Connection) -> list[Key]:
    lost = (
        select(ORDERS.c.customer_id)
        .distinct()
        .where(
            not_(exists(select(literal(1)).where(CUSTOMERS.c.customer_id == ORDERS.c.customer_id))),
            not_(exists(select(literal(1)).where(CustomerRow.customer_id == ORDERS.c.customer_id))),
        )
        .limit(MOST)
    )
    return [("", row.customer_id) for row in connection.execute(lost)]


def _lost_items(connection: Connection) -> list[Key]:
    lost = (
        select(DISCOUNTS.c.order_id_folded, DISCOUNTS.c.order_line_item_id)
        .distinct()
        .where(names_no_item())
        .limit(MOST)
    )
    return [(row.order_id_folded, row.order_line_item_id) for row in connection.execute(lost)]


def _known_customers(connection: Connection) -> Iterable[Key]:
    for asked in (select(CUSTOMERS.c.customer_id), select(CustomerRow.customer_id)):
        with connection.execute(asked, execution_options={"yield_per": _READ_AT_ONCE}) as rows:
            for row in rows:
                yield "", row.customer_id


def _known_items(connection: Connection, lost: Iterable[Key]) -> Iterable[Key]:
    orders = sorted({order for order, _ in lost})
    for start in range(0, len(orders), _AT_ONCE):
        of_these = ITEMS.c.order_id_folded.in_(orders[start : start + _AT_ONCE])
        asked = select(ITEMS.c.order_id_folded, ITEMS.c.order_line_item_id).where(of_these)
        for row in connection.execute(asked):
            yield row.order_id_folded, row.order_line_item_id


def _meant(lost: Iterable[Key], known: Iterable[Key]) -> list[dict[str, object]]:
    """For each lost key the one known key of its form, as rows of SPELLINGS."""
    forms = {key: (key[0], common_form(key[1])) for key in lost}
    wanted = set(forms.values())
    fitting: defaultdict[Key, set[str]] = defaultdict(set)
    for order, written in known:
        form = (order, common_form(written))
        if form in wanted:
            fitting[form].add(written)
    return [
        {"line": 0, "order_id_folded": order, "written": written, "meant": next(iter(fitting[form]))}
        for (order, written), form in forms.items()
        if len(fitting[form]) == 1
    ]
