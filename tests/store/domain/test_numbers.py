"""The numbers that people know adjustments by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.adjustments.adjustment import key_of, number_of


@given(st.integers(1, 10**15))
def test_a_number_leads_back_to_its_key_however_it_is_typed(key: int) -> None:
    number = number_of(key)
    assert key_of(number) == key_of(number.lower()) == key_of(number.replace("-", "")) == key


@pytest.mark.parametrize("typed", ["PA-1001 ", "#pa-1001", "ＰＡ－1001.", "PA\u20111001", "\u200bPA-1001"])
def test_a_number_is_read_as_people_type_it(typed: str) -> None:
    assert key_of(typed) == key_of("PA-1001")


@pytest.mark.parametrize("typed", ["", "PA", "PA-", "PA-99", "PA-0999", "PA-10 01", "PA--1001", "XPA-1001", "1001"])
def test_what_is_no_number_has_no_key(typed: str) -> None:
    assert key_of(typed) is None
