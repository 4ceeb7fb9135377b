"""Sharing an order in a channel: written once with its audit row, checked again when it is posted.

Knows no Slack: how the channel is, is told it; what is to be posted is written to the outbox, by the kinds named here.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection

from store.database import Database
from store.domain.channels import ChannelFacts
from store.domain.clock import Clock
from store.domain.orders.errors import OrderNotFound
from store.domain.orders.order import Order
from store.domain.orders.sharing import Share, Shared, ShareRequest, check_shareable
from store.domain.outbox import News
from store.domain.people import Actor, Capability, Member, NotAMember, Person
from store.queries.members import list_members
from store.queries.orders.order import find_order
from store.services.acting import Acting
from store.services.presence import known_member

SHARED = "order.shared"
"""Post the order's card; the subject is the order, the recipient the channel, the payload what `Share` makes."""
_ACTION = "order.share"


class Sharing:
    """`admins`: as `Members` knows them.

    A `request_key` is what Slack calls the request by, at most 255 characters: the same request of the same person
    shares nothing the second time.
    """

    def __init__(self, database: Database, clock: Clock, *, admins: frozenset[str] = frozenset()) -> None:
        self._database = database
        self._admins = admins
        self._acting = Acting(database, clock, admins)

    def share(self, actor: Actor, request: ShareRequest, facts: ChannelFacts | None, request_key: str) -> Shared:
        """Has the order's card posted. `facts`: the channel as it is now; None where the bot sees no such channel.

        Raises NotAMember, NotPermitted, OrderNotFound, NotShareable; NeedsConfirmation where more people of the
        channel may not see the order than were agreed to.
        """
        with self._acting.person(actor, _ACTION, request_key, needs=Capability.SHARE) as act:
            connection, member = act.connection, act.actor.member
            order = _order(connection, member, request.order_key)
            if act.again:
                return Shared(order.order_id, again=True)
            check_shareable(order, member, facts, request.confirmed_people, _members(connection, member.team_id))
            share = Share(request, Person.of(member))
            topic = f"{SHARED}/{order.key}/{secrets.token_hex(8)}"
            act.tell(News(topic, SHARED, order.key, request.channel_id, share.payload()))
            details: dict[str, object] = {
                "channel": request.channel_id,
                "confirmed_people": request.confirmed_people,
                "customer_and_amounts": request.whole,
                "note": request.note,
            }
            act.audit(_ACTION, order.order_id, details)
            return Shared(order.order_id, again=False)

    def to_post(self, share: Share, facts: ChannelFacts | None) -> Order:
        """The order as its sharer sees it now, if its card may still go to that channel.

        Raises what `share` raises.
        """
        with self._database.read() as connection:
            member = self._sharer(connection, share.sharer)
            Actor(member).require(Capability.SHARE)
            order = _order(connection, member, share.request.order_key)
            members = _members(connection, member.team_id)
            check_shareable(order, member, facts, share.request.confirmed_people, members)
        return order

    def order_id(self, share: Share) -> str | None:
        """The number of the order; None where its sharer no longer sees it."""
        try:
            with self._database.read() as connection:
                member = self._sharer(connection, share.sharer)
                return _order(connection, member, share.request.order_key).order_id
        except (NotAMember, OrderNotFound):
            return None

    def _sharer(self, connection: Connection, sharer: Person) -> Member:
        member = known_member(connection, sharer.team_id, sharer.slack_user_id, self._admins)
        if member is None:
            raise NotAMember
        return member


def _order(connection: Connection, member: Member, key: int) -> Order:
    found = find_order(connection, member.reach, key)
    if found is None:
        raise OrderNotFound
    return found[0]


def _members(connection: Connection, team_id: str) -> tuple[Member, ...]:
    return tuple(member for member in list_members(connection) if member.team_id == team_id)
