"""The common form: what people see as one name is one, and what they see as two stays two."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.domain.orders.criteria import OrderCriteria
from store.domain.orders.customers import search_text
from store.domain.orders.order import MAX_ORDER_ID, fold_order_id, fold_typed_order_id, typed_order_id
from store.domain.people import InvalidMember, Member, Reach, Role
from store.domain.texts import common_form, plain_form
from tests.support.spellings import UNSEEN, spellings

NAMES = (
    "nordwind logistik",
    "brücke",
    "istanbul",
    "o'neill & sons",
    "ABC",
    'meyer-söhne "süd"',
    "株式会社 日立",
    "straße 4711",
    "ΟΔΟΣ",
    "x",
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nordwind logistik", "Nordwind\u00a0Logistik"),
        ("nordwind logistik", "  nordwind   logistik\n"),
        ("brücke", "bru\u0308cke"),
        ("istanbul", "İstanbul"),
        ("istanbul", "ISTANBUL"),
        ("istanbul", "ıstanbul"),
        ("istanbul", "i\u0307stanbul"),
        ("İI", "ıi"),
        ("i\u0323s", "I\u0323\u0307S"),
        ("O'Neill", "O’Neill"),
        ("O'Neill", "O`Neill"),
        ("O'Neill", "O´Neill"),
        ('"Süd"', "„Süd“"),
        ('"Süd"', "«Süd»"),
        ("ABC", "ＡＢＣ"),
        ("株式会社", "㈱".replace("㈱", "株式会社")),
        ("カ゛", "ガ".replace("ガ", "カ゛")),
        ("ガ", "ｶﾞ"),
        ("acme", "ac\u200bme\ufeff"),
        ("acme", "ac\u00adme"),
        ("acme", "\u202eacme\u202c"),
        ("❤ acme", "❤\ufe0f acme"),
        ("meyer-söhne", "meyer\u2011söhne"),
        ("meyer-söhne", "meyer–söhne"),
        ("e\u0301", "e\u200b\u0301"),
        ("Straße", "STRASSE"),
        ("ΟΔΟΣ", "οδος"),
        ("ﬁrma", "firma"),
        ("ŉ", "'n"),
        ("日本～", "日本〜"),
        ("１２３４", "1234"),
    ],
)
def test_what_people_see_as_one_is_one(one: str, other: str) -> None:
    assert common_form(one) == common_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("bruecke", "brücke"),
        ("brucke", "brücke"),
        ("ann lee", "annlee"),
        ("ann lee", "ann-lee"),
        ("ann lee", "ann.lee"),
        ("оlga", "olga"),  # the first begins with a Cyrillic letter
        ("コーラ", "コ-ラ"),
        ("o'neill", 'o"neill'),
        ("ガ", "カ"),
        ("Ł", "L"),
    ],
)
def test_what_people_see_as_two_stays_two(one: str, other: str) -> None:
    assert common_form(one) != common_form(other)


def test_a_form_is_plain_and_a_plain_text_keeps_its_case() -> None:
    assert common_form("  O’Neill\u00a0&\tSöhne – “Süd”\u200b ") == 'o\'neill & söhne - "süd"'
    assert plain_form("  O’Neill\u00a0&\tSöhne – “Süd”\u200b ") == 'O\'Neill & Söhne - "Süd"'
    assert common_form("".join(UNSEEN)) == plain_form(" \u200b\n") == ""


@settings(max_examples=2_000)
@given(st.text())
def test_the_form_of_a_form_is_itself(text: str) -> None:
    form, plain = common_form(text), plain_form(text)
    assert common_form(form) == form
    assert plain_form(plain) == plain
    assert common_form(plain) == form
    assert form == form.strip()
    assert "\n" not in form
    assert "  " not in form
    assert normalize("NFKC", form) == form


@settings(max_examples=2_000)
@given(st.data())
def test_however_a_name_is_written_it_has_one_form(data: st.DataObject) -> None:
    name = data.draw(st.one_of(st.sampled_from(NAMES), st.text("abcimn öéß'-\"&çñ日", min_size=1)))
    assert common_form(data.draw(spellings(name))) == common_form(name)


@settings(max_examples=1_000)
@given(st.data())
def test_a_part_of_a_name_is_in_what_is_searched(data: st.DataObject) -> None:
    before, part, after = (data.draw(st.text("abcim öé'-&日", max_size=6)) for _ in range(3))
    words = [word for word in (before, part, after) if word]
    kept = search_text(data.draw(spellings(" ".join(words))), "login")
    assert common_form(data.draw(spellings(part))) in kept


@settings(max_examples=500)
@given(name=st.text(max_size=300), account=st.text(max_size=64))
def test_what_is_searched_fits_the_index_of_names(name: str, account: str) -> None:
    assert len(search_text(name, account).encode()) <= 2_500
    assert search_text(name, account).count("\n") == 1
    assert len(search_text("\ufdfa" * 300, "\ufdfa" * 64).encode()) <= 2_500


@pytest.mark.parametrize(
    "typed",
    ["#CS26000001", "CS26000001.", "cs26000001", "ＣＳ２６０００００１", "\u200bCS26000001\ufeff", "“CS26000001”,"],
)
def test_an_order_number_is_read_as_people_type_it(typed: str) -> None:
    assert fold_typed_order_id(typed) == fold_order_id("CS26000001") == "CS26000001"
    assert typed_order_id(typed).upper() == "CS26000001"


@settings(max_examples=1_000)
@given(st.text(max_size=MAX_ORDER_ID))
def test_order_numbers_in_form_stay_so(number: str) -> None:
    assert fold_order_id(fold_order_id(number)) == fold_order_id(number)


def test_a_text_of_which_nothing_is_seen_asks_for_nothing() -> None:
    assert OrderCriteria(customer="\u200b", order_no="#\ufeff") == OrderCriteria()
    assert OrderCriteria(customer=" O’Neill ").customer == "O’Neill"


@pytest.mark.parametrize(
    ("of_member", "of_customers"), [("müller", "mu\u0308ller"), ("ann lee", "Ann\u00a0Lee"), ("o'neill", "O’NEILL")]
)
def test_account_names_link_members_and_customers_by_their_form(of_member: str, of_customers: str) -> None:
    member = Member("T1", "U1", "Ann", of_member, frozenset({Role.SALESPERSON}))
    assert member.reach.covers(of_customers)
    assert member.reach == Reach(of_customers)
    assert member.reach != Reach("somebody")
    assert not member.reach.covers("muller")


@pytest.mark.parametrize("nothing", ["\u200b", "\ufeff \u00ad"])
def test_an_account_name_of_which_nothing_is_seen_is_none(nothing: str) -> None:
    with pytest.raises(InvalidMember):
        Member("T1", "U1", "Ann", nothing, frozenset({Role.SALESPERSON}))
    assert Member("T1", "U1", "Ann", nothing, frozenset({Role.ADMIN})).account_name == ""
