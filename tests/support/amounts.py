"""Money as tests write it."""

from __future__ import annotations

from decimal import Decimal

from store.domain.money import Money


def money(text: str, currency: str) -> Money:
    """An amount of the currency, from a text such as `1234.50`."""
    return Money(Decimal(text), currency)


def usd(text: str) -> Money:
    """An amount in US dollars."""
    return money(text, "USD")
