"""Any text in the data or typed by a person: it appears as text, within Slack's limits, and never as anything else.

The sandbox workspace refuses what Slack would refuse, so a screen that opens is within the limits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View as SdkView

from bot.samples.screens import sample_views
from sandbox.limits import check_message, check_view
from store.database import Database
from store.domain.orders.customers import AssociationType
from store.domain.orders.order import DiscountType, OrderStatus
from tests.support.builders import ItemRow, a_customer, a_product_type, an_order
from tests.support.databases import sqlite_copy
from tests.support.desk import Desk, Reader, eventually, running_desk
from tests.support.logs import captured_logs
from tests.support.messages import sample_messages

NANCY, LAURA = "U0NANCY", "U0LAURA"
NOW = datetime.now(UTC)

HOSTILE = {
    "formula": '=HYPERLINK("http://evil.example","x")+cmd|\' /C calc\'!A0',
    "plus": "+1+1",
    "at": "@SUM(1)",
    "minus": "-2+3",
    "controls": "a\x00b\x01c\x07d\x08e\x0bf\x1bg\x7fh\x85i".replace("\x00", ""),
    "lines": "one\r\ntwo\u2028three\u2029four\tfive",
    "channel": "<!channel> <!here> <!everyone>",
    "person": "<@U0ANDREW> <#C0SALES> <!subteam^S0ALL>",
    "link": "<http://evil.example|Acme> http://evil.example evil.example",
    "date": "<!date^1392734382^{date}^https://evil.example|x>",
    "marks": "*bold* _italic_ ~gone~ `code` ```block``` > quote & amp; &lt;!channel&gt;",
    "emoji code": ":large_green_circle: :smile:",
    "rtl": "شركة المثال المحدودة 12.50 USD",
    "hebrew": "אבג (דהו)",
    "bidi": "abc\u202edcba\u2066\u2067x\u2069\u202c\u200f",
    "cjk": "株式会社漢字商事有限公司",
    "zwj": "👩‍👩‍👧‍👦👨🏿‍🚀🏳️‍🌈🇩🇪",
    "combining": "Z̴̧̗͎a̵̡̢l̷̡̛g̸̨̛o̶" * 10,
    "zero width": "A\u200bc\u200cm\u200de\ufeff\u00ad",
    "long": "W" * 10_000,
    "long emoji": "👩‍👩‍👧‍👦" * 900,
    "long ampersands": "&<>" * 3_000,
    "sql": "'; DROP TABLE orders; -- \" OR 1=1",
    "like": "100%_off\\%",
    "json": '{"a": "b\\"}], "x": null}',
    "quotes": "“curly” 'single' \"double\" `back`",
    "template": "{{7*7}} ${7*7} %s %(x)s {0} [bold]x[/bold]",
    "blank": "   ",
    "colon": "order.details:1",
    "key": "key:1",
}


def _fill(database: Database, text: str, number: int) -> int:
    code = f"hws.{text}"[:200] + str(number)
    a_product_type(database, code, text)
    customer = a_customer(
        database,
        f"{text[:50]}{number}",
        name=text,
        account_name=text,
        account_manager="nancy",
        association_type=AssociationType.REFERRAL,
        reseller_id=None,
        reseller_name=text,
        email=text,
        telephone=text,
        country_code=text[:2],
    )
    return an_order(
        database,
        f"H{number:03}" + "".join(text.split())[:50],
        customer_key=customer,
        service_type_code=code,
        status=OrderStatus.COMPLETED,
        official_amount="100.00",
        amount_after_discount="90.00",
        create_time=NOW - timedelta(minutes=number),
        payment_time=NOW,
        contract_id=text,
        user_name=text,
        parent_order_id=text,
        items=[ItemRow("100.00", "90.00", product_spec_desc=text, service_type_code=code)],
        discounts=[(DiscountType.PROMOTION, "10.00")],
        item_discounts=[(0, DiscountType.PROMOTION, "10.00")],
    )


@pytest.fixture(scope="module")
def desk(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    with sqlite_copy(sqlite_template, folder) as database:
        for number, text in enumerate(HOSTILE.values()):
            _fill(database, text, number)
        with running_desk(database, folder) as running:
            yield running


_LIVE = re.compile(r"<[!@#]|<https?:|<mailto:|\u202e|\u2066\u2067")
_OUR_OWN = re.compile(r"<!date\^\d+\^\{date_short_pretty\}, \{time\}\|[^<>]*>|<@U0[A-Z]+>|<#C[0-9A-Z]+>")


def _check_sent(desk: Desk, since: int) -> None:
    """Checks that since then the bot sent nothing live, and nothing that Slack refused."""
    for sent in tuple(desk.workspace.sent)[since:]:
        assert sent.answer is not None
        assert sent.answer["ok"], (sent.method, sent.answer)
        for text in _mrkdwn(sent.arguments):
            assert not _LIVE.search(_OUR_OWN.sub("", text)), text
            assert not [sign for sign in text if ord(sign) < 32 and sign != "\n"], text


def _mrkdwn(part: Any, allowed: str = "") -> Iterator[str]:
    """Every text in which Slack reads markup; plain texts are checked here. Only a question may have several lines."""
    if isinstance(part, dict):
        if part.get("type") in ("mrkdwn", "plain_text"):
            if part["type"] == "mrkdwn":
                yield part["text"]
            else:
                assert not [sign for sign in part["text"] if ord(sign) < 32 and sign not in allowed]
                assert "\u202e" not in part["text"]
        else:
            for name, inner in part.items():
                yield from _mrkdwn(inner, "\n" if name == "confirm" else allowed)
    elif isinstance(part, list):
        for inner in part:
            yield from _mrkdwn(inner, allowed)


@contextmanager
def _well(desk: Desk) -> Iterator[None]:
    since = len(desk.workspace.sent)
    with captured_logs() as logs:
        yield
    _check_sent(desk, since)
    assert not [line[:3000] for line in logs.getvalue().splitlines() if '"error"' in line or '"warning"' in line]


def _answered(reader: Reader, line: str) -> None:
    """Types the line, and waits for its answer without anything live in it: a modal, or a private message."""
    modals = {view.id for view in reader.person.modals()}
    told = len(reader.private_messages())
    assert reader.command(line).ok
    eventually(
        lambda: {view.id for view in reader.person.modals()} != modals or len(reader.private_messages()) > told,
        "an answer",
    )
    for message in reader.private_messages()[told:]:
        assert not _LIVE.search(message)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_data_is_shown_on_every_screen(desk: Desk, name: str) -> None:
    number = list(HOSTILE).index(name)
    nancy = desk.person(NANCY)
    with _well(desk):
        nancy.open(f"/orders no:H{number:03}")
        assert "*1 order*" in nancy.screen
        nancy.pick(f"H{number:03}", "View Order Details")
        assert "Items" in nancy.screen
        nancy.press("Payment Details")
        assert "Paid Amount (cash)" in nancy.screen
        nancy.close()
        nancy.close()
        nancy.press("Refine")
        assert nancy.modal.callback_id == "orders.search"


def test_pages_of_hostile_data_turn(desk: Desk) -> None:
    nancy = desk.person(NANCY)
    with _well(desk):
        nancy.open("/orders since:2020-01-01")
        assert f"of {len(HOSTILE)}" in nancy.screen
        for _ in range(2):
            nancy.press("Next ›")
        for _ in range(2):
            nancy.press("‹ Previous")
        assert "1–10 of" in nancy.screen


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_typing_is_a_search(desk: Desk, name: str) -> None:
    text = HOSTILE[name]
    nancy = desk.person(NANCY)
    with _well(desk):
        line = text.replace("\n", " ")
        _answered(nancy, f'/orders customer:"{line.replace(chr(34), "")}"')
        view = nancy.open("/orders")
        for label, block, action in (
            ("Customer", "customer", "customer.suggest"),
            ("Product Type", "product_types", "product_type.suggest"),
        ):
            offered = nancy.person.options(view, block, action, text)
            assert offered.delivered.ok, label
            if offered.options and block == "customer":
                nancy.person.fill(view, block, action, offered.options[0])
                nancy.submit()
                assert nancy.modal.callback_id == "orders.results"
                assert not nancy.modal.errors
                nancy.open("/orders")
                view = nancy.modal
        if len(text) <= 200 and text.strip():
            nancy.fill("Order No.", text)
            nancy.submit()
            assert "No orders found" in nancy.screen
            nancy.press("Refine")
            assert nancy.modal.callback_id == "orders.search"


@pytest.mark.parametrize("name", ["channel", "person", "link", "marks", "sql", "rtl"])
@pytest.mark.parametrize("key", ["status", "type", "product", "since", "last", "nonsense", "<!here>"])
def test_what_a_line_cannot_mean_is_said_back_as_text(desk: Desk, key: str, name: str) -> None:
    with _well(desk):
        _answered(desk.person(NANCY), f'/orders {key}:"{HOSTILE[name].replace(chr(34), "")}"')


def test_a_name_is_found_by_its_own_signs_and_no_pattern(desk: Desk) -> None:
    nancy = desk.person(NANCY)
    for typed, name in (("100%_off", "like"), ("'; DROP", "sql"), ("漢字商事", "cjk"), ("المثال", "rtl")):
        nancy.open(f'/orders customer:"{typed}"')
        assert "*1 order*" in nancy.screen, name
    for pattern in ("%%%", "A_m", "\\"):
        nancy.open(f'/orders customer:"{pattern}" status:pending-payment')
        assert "No orders found" in nancy.screen


@pytest.mark.parametrize("typed", ["المثال", "אבג", "漢字", "👨🏿‍🚀"])
def test_what_is_typed_in_any_script_finds_its_customer(desk: Desk, typed: str) -> None:
    nancy = desk.person(NANCY)
    for place in (0, 1):
        nancy.open("/orders")
        offered = nancy.offered("Customer", f" {typed} ")
        assert len(offered) == 2
        nancy.fill("Customer", offered[place])
        nancy.submit()
        assert "*1 order*" in nancy.screen


AMOUNTS = (
    ("JPY", "999999999999"),
    ("KWD", "999999999.999"),
    ("USD", "9999999999.99"),
    ("IQD", "999999999999.999"),
    ("RSD", "0.50"),
)


def test_a_customer_with_three_hundred_items_and_long_names_in_any_currency(database: Database, tmp_path: Path) -> None:
    name = "Gesellschaft für außergewöhnliche Unternehmungen " * 4 + "GmbH"
    code = "hws.service.type." + "x" * 100
    a_product_type(database, code, "Elastic " * 25)
    customer = a_customer(database, name=name[:200], account_name="a" * 200, account_manager="nancy")
    for currency, amount in AMOUNTS:
        zero = "0"
        an_order(
            database,
            f"BIG{currency}",
            customer_key=customer,
            service_type_code=code,
            status=OrderStatus.COMPLETED,
            currency=currency,
            official_amount=amount,
            create_time=NOW,
            payment_time=NOW,
            contract_id="c" * 200,
            user_name="u" * 200,
            items=[ItemRow(amount if place == 0 else zero, product_spec_desc="s" * 2000) for place in range(300)],
        )
    with running_desk(database, tmp_path) as desk:
        nancy = desk.person(NANCY)
        for currency, amount in AMOUNTS:
            shown = f"{Decimal(amount):,}"
            nancy.open(f"/orders no:BIG{currency}")
            assert f"{currency} {shown}" in nancy.screen
            nancy.pick(f"BIG{currency}", "View Order Details")
            assert "1–8 of 300" in nancy.screen
            assert shown in nancy.screen
            nancy.press("More items ›")
            assert "9–16 of 300" in nancy.screen
            nancy.press("‹ Previous items")
            nancy.press("Payment Details")
            assert shown in nancy.screen
        nancy.open("/orders no:BIG")
        assert "*5 orders*" in nancy.screen
        _check_sent(desk, 0)


@pytest.mark.parametrize(("name", "make"), sample_views(), ids=[name for name, _ in sample_views()])
def test_the_strangest_screen_fits(name: str, make: Any) -> None:
    made = make()
    kind = made.get("type", "modal")
    if kind in ("modal", "home"):
        check_view(made, kind)
        SdkView(**made).validate_json()
        assert len(json.dumps(made)) < 250_000, name
    else:
        check_message("text", made["blocks"])
    for block in made["blocks"]:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()


@pytest.mark.parametrize(("name", "make"), sample_messages(), ids=[name for name, _ in sample_messages()])
def test_the_strangest_message_fits(name: str, make: Any) -> None:
    made = make()
    assert made, name
    check_message(made["text"], made["blocks"])
    for text in (made["text"], *_mrkdwn(made["blocks"])):
        assert not _LIVE.search(_OUR_OWN.sub("", text)), text
