"""The policy: which settings can be meant, and how many managers a discount needs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from store.domain.adjustments.errors import InvalidPolicy
from store.domain.adjustments.policy import Policy
from store.domain.money import Money

TIERS = Policy.of(40, {"ecs": 12.5}, [(10, 0), (20, 1), (100, 2)])


@pytest.mark.parametrize(
    ("discount", "needed"), [(1, 0), (10_000, 0), (10_001, 1), (20_000, 1), (20_001, 2), (40_000, 2)]
)
def test_tiers_go_by_the_exact_share(discount: int, needed: int) -> None:
    assert TIERS.approvals_for(Money.of_minor(discount, "USD"), Money.of_minor(100_000, "USD")) == needed


def test_a_hair_above_a_tier_is_above_it_however_it_rounds() -> None:
    official = Money.of_minor(10**12, "USD")
    assert TIERS.approvals_for(Money.of_minor(10**11, "USD"), official) == 0
    assert TIERS.approvals_for(Money.of_minor(10**11 + 1, "USD"), official) == 1


def test_a_product_types_own_maximum_stands_before_the_general_one() -> None:
    assert TIERS.percent_for("ecs") == Decimal("12.5")
    assert TIERS.percent_for("evs") == Decimal(40)


def test_the_default_is_thirty_percent_and_one_manager() -> None:
    policy = Policy()
    assert policy.percent_for("any") == 30
    assert policy.approvals_for(Money.of_minor(1, "USD"), Money.of_minor(100, "USD")) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"max_percent": 101},
        {"max_percent": "nan"},
        {"max_percent": "much"},
        {"by_product": {"ecs": -1}},
        {"tiers": []},
        {"tiers": [(20, 1)]},
        {"tiers": [(50, 1), (50, 2)]},
        {"tiers": [(100, 1), (50, 2)]},
        {"tiers": [(100, 3)]},
        {"tiers": [(100, -1)]},
        {"by_product": {"ecs": 60}, "tiers": [(50, 1)]},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidPolicy):
        Policy.of(**settings)


def test_the_last_tier_may_end_at_the_maximum() -> None:
    assert (
        Policy.of(30, tiers=[(10, 0), (30, 1)]).approvals_for(Money.of_minor(30, "USD"), Money.of_minor(100, "USD"))
        == 1
    )
