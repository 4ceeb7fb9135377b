"""A search on one line: what each word means, and what is said of a word that means nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.orders.line import KEYS, Line, parse_line
from store.domain.orders.criteria import OrderCriteria
from store.domain.orders.criterion import FIRST_YEAR, LAST_YEAR, MAX_TEXT
from store.domain.orders.customers import CustomerTab
from store.domain.orders.errors import InvalidCriteria
from store.domain.orders.order import OrderStatus, OrderType
from store.domain.texts import plain_form

TODAY = date(2026, 3, 31)
RESOLD = CustomerTab.RESELLERS_CUSTOMERS


def _line(*product_types: str, **criteria: object) -> Line:
    return Line(OrderCriteria(**criteria), product_types)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", _line()),
        ("   ", _line()),
        ("acme", _line(customer="acme")),
        ("acme  corp", _line(customer="acme corp")),
        ("ACME", _line(customer="ACME")),
        ('"around the horn"', _line(customer="around the horn")),
        ("“around the horn”", _line(customer="around the horn")),
        ('customer:"around the horn" acme', _line(customer="around the horn acme")),
        ('"unfinished words', _line(customer="unfinished words")),
        ('"resellers"', _line(customer="resellers")),
        ('"CS2600"', _line(customer="CS2600")),
        ("resellers", _line(tab=RESOLD)),
        ("RESELLER acme", _line(tab=RESOLD, customer="acme")),
        ("CS2610A7F3", _line(order_no="CS2610A7F3")),
        ("FAR-1001", _line(order_no="FAR-1001")),
        ("12345", _line(order_no="12345")),
        ("acme CS2600 CS2601", _line(order_no="CS2600", customer="acme CS2601")),
        ("3com", _line(customer="3com")),
        ("A1", _line(customer="A1")),
        ("no:x", _line(order_no="x")),
        ("NO:CS26", _line(order_no="CS26")),
        ("status:pending-payment", _line(statuses=frozenset({OrderStatus.PENDING_PAYMENT}))),
        ("status:6", _line(statuses=frozenset({OrderStatus.PENDING_PAYMENT}))),
        ("status:pending_payment", _line(statuses=frozenset({OrderStatus.PENDING_PAYMENT}))),
        ('status:"Pending Payment"', _line(statuses=frozenset({OrderStatus.PENDING_PAYMENT}))),
        ("status:comp,cancel", _line(statuses=frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED}))),
        ("status:completed status:5", _line(statuses=frozenset({OrderStatus.COMPLETED}))),
        ("type:renewal,purchase", _line(order_types=frozenset({OrderType.RENEWAL, OrderType.PURCHASE}))),
        ("product:ecs,evs", _line("ecs", "evs")),
        ('product:"elastic cloud"', _line("elastic cloud")),
        ("since:2026-01-01", _line(ordered_from=date(2026, 1, 1))),
        ("until:2026-03-31", _line(ordered_to=date(2026, 3, 31))),
        ("last:1d", _line(ordered_from=TODAY, ordered_to=TODAY)),
        ("last:30d", _line(ordered_from=date(2026, 3, 2), ordered_to=TODAY)),
        ("last:4W", _line(ordered_from=TODAY - timedelta(days=27), ordered_to=TODAY)),
        ("last:3m", _line(ordered_from=TODAY - timedelta(days=89), ordered_to=TODAY)),
        ("last:1y", _line(ordered_from=TODAY - timedelta(days=364), ordered_to=TODAY)),
        ("contract:HW-7,", _line(contract_id="HW-7")),
        ("contract:ＨＷ–７ acme", _line(contract_id="HW-7", customer="acme")),
        ("expiring:30d", _line(expiring=30)),
        ("EXPIRING:4W status:completed", _line(expiring=28, statuses=frozenset({OrderStatus.COMPLETED}))),
        ("expiring:3m", _line(expiring=90)),
        ("expiring:10y", _line(expiring=3650)),
        ("http://x", None),
        ("since:2026–01–01", _line(ordered_from=date(2026, 1, 1))),
        ("since:２０２６-01-01", _line(ordered_from=date(2026, 1, 1))),
        ("since:2026-01-01, until:2026-03-31.", _line(ordered_from=date(2026, 1, 1), ordered_to=date(2026, 3, 31))),
        ("status:‘pending payment’", _line(statuses=frozenset({OrderStatus.PENDING_PAYMENT}))),
        ("status:'pending payment'", _line(statuses=frozenset({OrderStatus.PENDING_PAYMENT}))),
        ("status：completed", _line(statuses=frozenset({OrderStatus.COMPLETED}))),
        ("ｓｔａｔｕｓ:COMPLETED.", _line(statuses=frozenset({OrderStatus.COMPLETED}))),
        ("status:\u200bcompleted\ufeff", _line(statuses=frozenset({OrderStatus.COMPLETED}))),
        ("#CS26000001", _line(order_no="CS26000001")),
        ("CS26000001.", _line(order_no="CS26000001")),
        ("ＣＳ２６０００００１", _line(order_no="CS26000001")),
        ("\u200bCS26000001\u200b", _line(order_no="CS26000001")),
        ("no:#CS26", _line(order_no="CS26")),
        ("last:３０d", _line(ordered_from=date(2026, 3, 2), ordered_to=TODAY)),
        *(
            (f"status:{values}", _line(statuses=frozenset({OrderStatus.COMPLETED, OrderStatus.PENDING_PAYMENT})))
            for values in (
                "pending-payment, completed",
                "pending-payment , completed",
                '"pending payment", completed',
                '"Pending payment, Completed"',
                "‘pending payment’, “completed”",
                "6, 5,",
            )
        ),
        ("status:completed, acme", None),
        (
            "status:completed, type:renewal acme",
            _line(
                statuses=frozenset({OrderStatus.COMPLETED}),
                order_types=frozenset({OrderType.RENEWAL}),
                customer="acme",
            ),
        ),
        *(
            (f"type:{label}", _line(order_types=frozenset({OrderType.PAY_PER_USE_TO_YEARLY_MONTHLY})))
            for label in (
                '"Pay-per-use to yearly/monthly"',
                "“pay‑per‑use to yearly/monthly”",
                "pay-per-use-to-yearly/monthly",
                "PAY_PER_USE_TO_YEARLY_MONTHLY",
            )
        ),
        ("product:“Elastic, Cloud”", _line("Elastic, Cloud")),
        ("product:“Elastic, Cloud”, evs acme", _line("Elastic, Cloud", "evs", customer="acme")),
        ("4711 Parfum", _line(customer="4711 Parfum")),
        ("Parfum 4711 status:5", _line(customer="Parfum 4711", statuses=frozenset({OrderStatus.COMPLETED}))),
        ("#4711 Parfum", _line(order_no="4711", customer="Parfum")),
        ("4711 status:5", _line(order_no="4711", statuses=frozenset({OrderStatus.COMPLETED}))),
        ("26000000012 Parfum", _line(order_no="26000000012", customer="Parfum")),
        ("customer:4711", _line(customer="4711")),
        ("no:CS1 CS2600", _line(order_no="CS1", customer="CS2600")),
        ("O’Neill", _line(customer="O'Neill")),
        ("customer:O’Neill acme", _line(customer="O'Neill acme")),
        ("‘O’Neill & Co’ resellers", _line(customer="O'Neill & Co", tab=RESOLD)),
        ("'s-Hertogenbosch", _line(customer="'s-Hertogenbosch")),
        ("Meyer & Söhne", _line(customer="Meyer & Söhne")),
        ("acme\u00a0corp", _line(customer="acme corp")),
        (
            "acme status:pending-payment type:renewal product:ecs since:2026-01-01 until:2026-03-31 no:CS26 resellers",
            _line(
                "ecs",
                customer="acme",
                statuses=frozenset({OrderStatus.PENDING_PAYMENT}),
                order_types=frozenset({OrderType.RENEWAL}),
                ordered_from=date(2026, 1, 1),
                ordered_to=date(2026, 3, 31),
                order_no="CS26",
                tab=RESOLD,
            ),
        ),
    ],
)
def test_a_line_means(text: str, meant: Line | None) -> None:
    if meant is None:
        with pytest.raises(InvalidCriteria):
            parse_line(text, TODAY)
    else:
        assert parse_line(text, TODAY) == meant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour:red", "there is no “colour:”. There are " + ", ".join(f"{key}:" for key in KEYS)),
        ("status:lost", "pending-approval, pending-refund"),
        ("status:pending", "“status:pending” fits several of those there are: pending-approval"),
        ("type:9", "none of those there are: purchase"),
        ("since:yesterday", "Write it as since:2026-03-31"),
        ("until:31.03.2026", "Write it as until:2026-03-31"),
        ("since:2026-02-30", "is not a date"),
        ("since:1969-01-01", f"between {FIRST_YEAR} and {LAST_YEAR}"),
        ("since:2026-03-02 until:2026-03-01", "the last day is before the first"),
        ("last:30", "last:30d"),
        ("last:0d", "last:30d"),
        ("last:-1d", "last:30d"),
        ("last:9999y", "too long ago"),
        ("expiring:30", "Say expiring:30d, expiring:4w, expiring:3m or expiring:1y"),
        ("expiring:0d", "expiring:30d"),
        ("expiring:11y", "a number of days from 1 to 3,650"),
        ("expiring:", "“expiring:” needs a value"),
        ("contract:A contract:B", "only one at a time"),
        ("contract:" + "x" * (MAX_TEXT + 1), f"at most {MAX_TEXT} characters"),
        ("status:", "“status:” needs a value"),
        ("status: completed", "“status:” needs a value"),
        ("status:,", "“status:” needs a value"),
        ("product:,,", "“product:” needs a value"),
        ('no:""', "“no:” needs a value"),
        ("no:#", "“no:” needs a value"),
        ("status:completed no:“#”", "“no:” needs a value"),
        ("no:1 no:2", "only one at a time"),
        ("x" * (MAX_TEXT + 1), f"at most {MAX_TEXT} characters"),
        ("no:" + "x" * (MAX_TEXT + 1), f"at most {MAX_TEXT} characters"),
    ],
)
def test_what_means_nothing_is_answered_with_what_there_is(text: str, said: str) -> None:
    with pytest.raises(InvalidCriteria) as raised:
        parse_line(text, TODAY)
    assert said in raised.value.reason


@given(st.text(max_size=300))
def test_any_text_is_a_search_or_is_refused_in_words(text: str) -> None:
    reason = ""
    try:
        parse_line(text, TODAY)
    except InvalidCriteria as error:
        reason = error.reason
        if not reason:
            raise
    assert len(reason) < 1000


_WORD = st.text(st.characters(categories=("Ll", "Lo", "Lu")), min_size=1, max_size=12).filter(
    lambda word: word.lower() not in ("resellers", "reseller")
)
_DAYS = st.dates(date(2000, 1, 1), date(2030, 12, 31))


@given(
    words=st.lists(_WORD, max_size=3),
    number=st.from_regex(r"\ACS[0-9]{4,20}\Z"),
    statuses=st.frozensets(st.sampled_from(OrderStatus), max_size=4),
    types=st.frozensets(st.sampled_from(OrderType), max_size=4),
    days=st.tuples(_DAYS, _DAYS).map(sorted),
    tab=st.sampled_from(CustomerTab),
    shuffle=st.randoms(),
)
def test_what_is_written_is_what_is_read_in_any_order(
    words: list[str],
    number: str,
    statuses: frozenset[OrderStatus],
    types: frozenset[OrderType],
    days: list[date],
    tab: CustomerTab,
    shuffle: object,
) -> None:
    parts = [f"no:{number}", f"since:{days[0]}", f"until:{days[1]}"]
    parts += [f"status:{status.slug}" for status in statuses] + [f"type:{kind.slug}" for kind in types]
    parts += ["resellers"] if tab is RESOLD else []
    shuffle.shuffle(parts)  # type: ignore[attr-defined]
    line = parse_line(" ".join([*parts, *words]), TODAY)
    assert line.criteria == OrderCriteria(
        tab=tab,
        customer=plain_form(" ".join(words)),
        order_no=number,
        statuses=statuses,
        order_types=types,
        ordered_from=days[0],
        ordered_to=days[1],
    )
