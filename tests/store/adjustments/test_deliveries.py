"""Requests are remembered for as long as they may come again, and no longer."""

from __future__ import annotations

from datetime import timedelta

from store.services.deliveries import REMEMBERED, Deliveries
from tests.support.adjusting import Desk


def test_old_requests_are_forgotten_and_young_ones_are_not(desk: Desk) -> None:
    nancy = desk.salesperson()
    desk.submitted(nancy, desk.order())
    desk.now += timedelta(days=1)
    desk.submitted(nancy, desk.order())
    deliveries = Deliveries(desk.database, lambda: desk.now)
    assert deliveries.forget_old() == 0
    desk.now += REMEMBERED
    assert deliveries.forget_old() == 1
    assert len(desk.rows("SELECT request_key FROM deliveries")) == 1
