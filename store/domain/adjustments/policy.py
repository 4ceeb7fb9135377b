"""The desk's policy for price adjustments: how much may be given, and how many managers must agree.

Knows no settings: their reader makes a Policy of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from store.domain.adjustments.errors import InvalidPolicy
from store.domain.money import Money

HUNDRED = Decimal(100)
MOST_APPROVALS = 2


@dataclass(frozen=True, slots=True)
class Policy:
    """Percentages are of list price, 0 to 100. Raises InvalidPolicy, which names what cannot be meant.

    `tiers` are pairs of a percentage and a number of managers, rising: an adjustment of up to that percentage needs
    that number of different managers. The last tier must reach the largest maximum, so that each has a rule.
    """

    max_percent: Decimal = Decimal(30)
    by_product: tuple[tuple[str, Decimal], ...] = ()
    """Maxima of single product types, by service_type_code."""
    tiers: tuple[tuple[Decimal, int], ...] = ((HUNDRED, 1),)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_product", tuple(sorted(self.by_product)))
        maxima = [self.max_percent, *(percent for _, percent in self.by_product)]
        bounds = [bound for bound, _ in self.tiers]
        for percent in maxima + bounds:
            if not (percent.is_finite() and 0 <= percent <= HUNDRED):
                raise InvalidPolicy(f"{percent} is not a percentage between 0 and 100")
        if any(not 0 <= needed <= MOST_APPROVALS for _, needed in self.tiers):
            raise InvalidPolicy(f"a tier needs 0 to {MOST_APPROVALS} managers")
        if any(lower >= upper for lower, upper in pairwise(bounds)):
            raise InvalidPolicy("the tiers' percentages must rise")
        if not bounds or bounds[-1] < max(maxima):
            raise InvalidPolicy(f"no tier says who approves up to the maximum of {max(maxima)} %")

    @classmethod
    def of(
        cls,
        max_percent: float | str | Decimal = 30,
        by_product: Mapping[str, float | str | Decimal] | None = None,
        tiers: Iterable[tuple[float | str | Decimal, int]] = ((100, 1),),
    ) -> Policy:
        """The policy from plain numbers, as settings and JSON have them; floats go through their shortest text."""

        def percent(value: float | str | Decimal) -> Decimal:
            try:
                return Decimal(str(value))
            except ArithmeticError:
                raise InvalidPolicy(f"{value!r} is not a percentage between 0 and 100") from None

        return cls(
            percent(max_percent),
            tuple((code, percent(value)) for code, value in (by_product or {}).items()),
            tuple((percent(bound), needed) for bound, needed in tiers),
        )

    def percent_for(self, service_type_code: str) -> Decimal:
        """The maximum percentage for items of that product type."""
        return next((percent for code, percent in self.by_product if code == service_type_code), self.max_percent)

    def approvals_for(self, discount: Money, official_amount: Money) -> int:
        """How many different managers must approve that discount; by its exact share of list price, not a rounded one.

        `discount` is within the maximum, so that a tier applies.
        """
        share = Fraction(discount.minor * 100, official_amount.minor)
        return next(needed for bound, needed in self.tiers if share <= Fraction(bound))
