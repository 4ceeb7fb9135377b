"""Finding and reading customer orders, each within the reach of the person who asks."""

from __future__ import annotations

from collections.abc import Iterable

from store.database import Database
from store.domain.clock import Clock, system_clock
from store.domain.orders.amounts import PaymentBreakdown, payment_breakdown
from store.domain.orders.criteria import ITEMS_PAGE, Cursor, OrderCriteria, OrderPage, SearchStep
from store.domain.orders.criterion import can_be_kept
from store.domain.orders.customers import CustomerName, CustomerTab
from store.domain.orders.errors import CustomerNotFound, OrderNotFound
from store.domain.orders.order import Order, OrderDetails, ProductType
from store.domain.people import Actor, Capability
from store.domain.texts import common_form
from store.queries.orders.customers import find_customer, list_customers_named
from store.queries.orders.order import find_order, find_order_key, list_discounts, list_items
from store.queries.orders.products import list_product_types
from store.queries.orders.search import search_orders


class Orders:
    """Every method raises NotPermitted where the actor may not search.

    What is not within the actor's reach is not found, in the same words and by the same work as what is not there.
    """

    def __init__(self, database: Database, clock: Clock = system_clock) -> None:
        self._database = database
        self._clock = clock

    def search(self, actor: Actor, criteria: OrderCriteria, cursor: Cursor | None = None) -> OrderPage:
        """A page of the orders that fit, newest first, with their number; the first page without a cursor.

        The days of the criteria are those of the actor's own time zone.
        """
        actor.require(Capability.SEARCH)
        with self._database.read() as connection:
            return search_orders(connection, actor.reach, criteria, actor.time_zone, cursor, self._clock())

    def explain(self, actor: Actor, criteria: OrderCriteria) -> tuple[OrderPage, tuple[SearchStep, ...]]:
        """The first page, as `search` has it, with what was asked of the database for it, in order."""
        actor.require(Capability.SEARCH)
        steps: list[SearchStep] = []
        with self._database.read() as connection:
            page = search_orders(connection, actor.reach, criteria, actor.time_zone, None, self._clock(), steps=steps)
        return page, tuple(steps)

    def find_key(self, actor: Actor, order_no: str) -> int:
        """The key of the order with exactly that number, without case. Raises OrderNotFound."""
        actor.require(Capability.SEARCH)
        with self._database.read() as connection:
            key = find_order_key(connection, actor.reach, order_no)
        if key is None:
            raise OrderNotFound
        return key

    def details(self, actor: Actor, key: int, items_offset: int = 0) -> OrderDetails:
        """The order with ITEMS_PAGE of its items; an offset beyond the last shows the last page.

        Raises OrderNotFound.
        """
        actor.require(Capability.SEARCH)
        with self._database.read() as connection:
            found = find_order(connection, actor.reach, key)
            if found is None:
                raise OrderNotFound
            order, count = found
            last_page = max(count - 1, 0) // ITEMS_PAGE * ITEMS_PAGE
            offset = max(min(items_offset, last_page), 0)
            discounts = list_discounts(connection, order)
            items = list_items(connection, order, offset, ITEMS_PAGE)
        return OrderDetails(order, discounts, items, count, offset)

    def payment(self, actor: Actor, key: int) -> tuple[Order, PaymentBreakdown]:
        """The order and what was paid for it.

        Raises OrderNotFound; NoPaymentDetails for an order that is not completed or is an unsubscription;
        AmountsDoNotAddUp where the kept figures contradict each other.
        """
        actor.require(Capability.SEARCH)
        with self._database.read() as connection:
            found = find_order(connection, actor.reach, key)
            if found is None:
                raise OrderNotFound
            order, _ = found
            discounts = list_discounts(connection, order)
        return order, payment_breakdown(order, discounts)

    def suggest_customers(
        self, actor: Actor, text: str, tab: CustomerTab | None, limit: int
    ) -> tuple[tuple[CustomerName, ...], bool]:
        """At most `limit` customers with that part of a name or account name, and whether there are more.

        Those whose name begins with it come first. No tab: customers of both.
        """
        actor.require(Capability.SEARCH)
        with self._database.read() as connection:
            found = list_customers_named(connection, actor.reach, text.strip(), tab, limit + 1)
        return found[:limit], len(found) > limit

    def customer(self, actor: Actor, key: int) -> CustomerName:
        """The customer. Raises CustomerNotFound."""
        actor.require(Capability.SEARCH)
        with self._database.read() as connection:
            found = find_customer(connection, actor.reach, key)
        if found is None:
            raise CustomerNotFound
        return found

    def suggest_product_types(self, actor: Actor, text: str, limit: int) -> tuple[tuple[ProductType, ...], bool]:
        """At most `limit` product types with that part of a name or code, and whether there are more.

        Only those of orders that the actor sees are offered.
        """
        if not can_be_kept(text):
            return (), False
        wanted = common_form(text)
        found = tuple(
            product
            for product in self._product_types(actor)
            if wanted in common_form(product.service_type_name) or wanted in common_form(product.service_type_code)
        )
        return found[:limit], len(found) > limit

    def product_types(self, actor: Actor, keys: Iterable[int]) -> tuple[ProductType, ...]:
        """The product types with these keys, by name; those of no order that the actor sees are left out."""
        wanted = frozenset(keys)
        return tuple(product for product in self._product_types(actor) if product.key in wanted)

    def _product_types(self, actor: Actor) -> tuple[ProductType, ...]:
        actor.require(Capability.SEARCH)
        with self._database.read() as connection:
            return list_product_types(connection, actor.reach)
