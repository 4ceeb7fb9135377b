"""Where one way of searching gives over to another. Measured; see docs/performance.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Where one way of searching gives over to another: the cost grows with these, what is found does not change."""

    numbered: int = 100
    """Orders with a number's beginning that are judged one by one."""
    few_numbered: int = 3_000
    """Orders of the tab, the reach and the days with a number's beginning that are all judged."""
    sample: int = 100
    """Orders that are looked at to see whether a number or the other criteria leave fewer."""
    few_expiring: int = 2_000
    """Items of anybody's that expire within the days, of which all orders are judged."""
    few_customers: int = 30
    """Customers for whom no other way is considered than walking each."""
    customers: int = 400
    """Customers that are walked one by one."""
    looked_at: int = 1_000
    """Orders that are judged by a look at the customer of each."""
    listed_customers: int = 5_000
    """Customers that are listed for orders to be judged by."""
    few_orders: int = 4_000
    """Orders that are all judged by such a list."""
    combinations: int = 1_200
    """Combinations of product type, status and order type that are walked one by one."""
    few_combinations: int = 30
    """Combinations that are walked at once: before more are, the page is looked for among the next orders."""
    near: int = 1_000
    """Orders among which it is looked for."""


LIMITS = Limits()
