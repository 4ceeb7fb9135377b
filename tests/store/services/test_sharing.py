"""Sharing an order: within one's reach, where it may go, for as many people as were agreed to, once."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import text

from store.database import Database
from store.domain.channels import ChannelBar, ChannelFacts, NeedsConfirmation
from store.domain.orders.errors import OrderNotFound
from store.domain.orders.sharing import NOTE_MAX, NotShareable, Share, ShareRequest
from store.domain.outbox import OutboxItem
from store.domain.people import Actor, NotAMember, Role
from store.queries.members import delete_member, put_member
from store.services.audit import Audit
from store.services.orders.sharing import SHARED, Sharing
from store.services.outbox import Outbox
from tests.support.builders import NOON, a_customer, an_order
from tests.support.people import TEAM, a_member, a_salesperson

NANCY, JANET = a_salesperson("nancy"), a_salesperson("janet")
ANDREW = Actor(a_member("U0ANDREW", Role.MANAGER))
ABROAD = a_member("U0ABROAD", Role.MANAGER, team_id="T0ELSEWHERE")
CHANNEL = "C0TEAM"
_requests = count(1)


def people(*users: str) -> ChannelFacts:
    """A channel with the bot and these people."""
    return ChannelFacts("team", archived=False, shared=False, bot_is_in=True, people=frozenset(users))


ALONE = people("U0NANCY", "U0ANDREW")
"""Everybody there sees Nancy's orders."""


@dataclass
class Shop:
    """Members, and an order of Nancy's customer."""

    database: Database
    sharing: Sharing
    order: int

    def share(self, actor: Actor, facts: ChannelFacts | None, request: ShareRequest, key: str = "") -> str:
        """Shares it with a request of its own, or that one; the order's number."""
        return self.sharing.share(actor, request, facts, key or f"draft:{next(_requests)}").order_id

    def asked(self, **other: object) -> ShareRequest:
        """Nancy's order, to the team's channel."""
        return replace(ShareRequest(self.order, CHANNEL), **other)  # type: ignore[arg-type]

    def waiting(self) -> tuple[OutboxItem, ...]:
        """What is to be posted."""
        return Outbox(self.database).claim("test")

    def count(self, table: str) -> int:
        with self.database.read() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    def remove(self, actor: Actor) -> None:
        with self.database.write() as connection:
            delete_member(connection, actor.member)

    def hand_over(self, account_manager: str) -> None:
        """The customer, and the order, become another's."""
        with self.database.write() as connection:
            other = connection.execute(
                text("SELECT key FROM account_managers WHERE account_name = :name"), {"name": account_manager}
            ).scalar_one()
            connection.execute(text("UPDATE customers SET account_manager_key = :key"), {"key": other})
            connection.execute(text("UPDATE orders SET account_manager_key = :key"), {"key": other})


@pytest.fixture
def shop(database: Database) -> Shop:
    a_customer(database, account_manager="janet")
    order = an_order(database, "CS1", customer_key=a_customer(database, account_manager="nancy"))
    with database.write() as connection:
        for member in (NANCY.member, JANET.member, ANDREW.member, ABROAD):
            put_member(connection, member)
    return Shop(database, Sharing(database, lambda: NOON), order)


def test_it_is_written_once_with_its_audit_row_however_often_it_is_asked(shop: Shop) -> None:
    request = shop.asked(note="  They sign this week.  ")
    first = shop.sharing.share(NANCY, request, ALONE, "draft:1")
    second = shop.sharing.share(NANCY, request, None, "draft:1")
    assert (first.order_id, first.again, second.order_id, second.again) == ("CS1", False, "CS1", True)
    (item,) = shop.waiting()
    assert (item.kind, item.subject_key, item.recipient) == (SHARED, shop.order, CHANNEL)
    share = Share.of(item.subject_key, item.recipient, item.payload)
    assert (share.request.note, share.request.whole, share.sharer.slack_user_id) == (
        "They sign this week.",
        True,
        "U0NANCY",
    )
    with shop.database.read() as connection:
        row = connection.execute(text("SELECT actor, action, subject, details FROM audit")).one()
    assert row[:3] == (f"{TEAM}/U0NANCY", "order.share", "CS1")
    assert json.loads(row.details) == {
        "channel": CHANNEL,
        "confirmed_people": 0,
        "customer_and_amounts": True,
        "note": "They sign this week.",
    }
    assert Audit(shop.database).verify(None).whole


def test_the_same_key_of_another_person_is_another_request(shop: Shop) -> None:
    shop.share(NANCY, ALONE, shop.asked(), "draft:1")
    shop.share(ANDREW, ALONE, shop.asked(), "draft:1")
    assert len({item.key for item in shop.waiting()}) == 2


def test_not_ones_own_and_not_there_are_the_same_error_and_nothing_is_written(shop: Shop) -> None:
    for order in (shop.order, 90_001, 2**63):
        with pytest.raises(OrderNotFound):
            shop.share(JANET, people("U0JANET"), shop.asked(order_key=order))
    shop.remove(NANCY)
    with pytest.raises(NotAMember):
        shop.share(NANCY, ALONE, shop.asked())
    assert [shop.count(table) for table in ("outbox", "audit", "deliveries")] == [0, 0, 0]


@pytest.mark.parametrize(
    ("facts", "bar"),
    [
        (None, ChannelBar.CHANNEL_NOT_FOUND),
        (replace(ALONE, name=""), ChannelBar.CHANNEL_NOT_FOUND),
        (replace(ALONE, shared=True), ChannelBar.CHANNEL_SHARED),
        (replace(ALONE, bot_is_in=False), ChannelBar.NOT_IN_CHANNEL),
        (replace(ALONE, archived=True), ChannelBar.CHANNEL_ARCHIVED),
        (people("U0ANDREW"), ChannelBar.ASKER_NOT_IN),
    ],
)
def test_where_it_must_not_go_it_does_not_go(shop: Shop, facts: ChannelFacts | None, bar: ChannelBar) -> None:
    with pytest.raises(NotShareable) as refused:
        shop.share(NANCY, facts, shop.asked(confirmed_people=100))
    assert refused.value.bar is bar
    assert [shop.count(table) for table in ("outbox", "audit", "deliveries")] == [0, 0, 0]


def test_who_may_not_see_it_is_counted_and_must_be_agreed_to(shop: Shop) -> None:
    mixed = people("U0NANCY", "U0ANDREW", "U0JANET", "U0STRANGER", "U0ABROAD")
    for confirmed in (0, 2):
        with pytest.raises(NeedsConfirmation) as asked:
            shop.share(NANCY, mixed, shop.asked(confirmed_people=confirmed), "draft:1")
        assert asked.value.people == 3
    shop.share(NANCY, mixed, shop.asked(confirmed_people=3, whole=False), "draft:1")
    (item,) = shop.waiting()
    request = Share.of(item.subject_key, item.recipient, item.payload).request
    assert (request.confirmed_people, request.whole) == (3, False)


def test_rights_and_people_are_looked_at_again_when_it_is_posted(shop: Shop) -> None:
    shop.share(NANCY, ALONE, shop.asked())
    (item,) = shop.waiting()
    share = Share.of(item.subject_key, item.recipient, item.payload)
    assert shop.sharing.to_post(share, ALONE).order_id == "CS1"
    assert shop.sharing.order_id(share) == "CS1"
    with pytest.raises(NeedsConfirmation):
        shop.sharing.to_post(share, people("U0NANCY", "U0JANET"))
    with pytest.raises(NotShareable):
        shop.sharing.to_post(share, replace(ALONE, archived=True))
    shop.hand_over("janet")
    with pytest.raises(OrderNotFound):
        shop.sharing.to_post(share, ALONE)
    assert shop.sharing.order_id(share) is None
    shop.remove(NANCY)
    with pytest.raises(NotAMember):
        shop.sharing.to_post(share, ALONE)
    assert shop.sharing.order_id(share) is None


def test_a_settings_admin_of_a_desk_without_members_shares_too(database: Database) -> None:
    order = an_order(database)
    first = Actor(a_member("U0FIRST", Role.ADMIN))
    sharing = Sharing(database, lambda: NOON + timedelta(days=1), admins=frozenset({"U0FIRST"}))
    sharing.share(first, ShareRequest(order, CHANNEL), people("U0FIRST"), "draft:1")
    (item,) = Outbox(database).claim("test")
    share = Share.of(item.subject_key, item.recipient, item.payload)
    assert sharing.to_post(share, people("U0FIRST")).key == order


@pytest.mark.parametrize("note", ["a\x00b", "\U0001f469" * 600, "<!channel>\n'; --", "“" * NOTE_MAX])
def test_any_note_is_kept_and_comes_back_as_it_was_within_its_length(shop: Shop, note: str) -> None:
    shop.share(NANCY, ALONE, shop.asked(note=note))
    (item,) = shop.waiting()
    assert Share.of(item.subject_key, item.recipient, item.payload).request.note == note[:NOTE_MAX]
    assert Audit(shop.database).verify(None).whole
