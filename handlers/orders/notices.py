"""The outbox's news of orders: shared orders, as they are when the card is sent."""

from __future__ import annotations

from handlers.kit.deps import Deps
from handlers.kit.formats import Viewer
from handlers.kit.messages import A_DAY, NEVER, Message, Notice, Withheld
from handlers.orders.share_card import (
    MORE_PEOPLE,
    NOT_A_MEMBER,
    NOT_PERMITTED,
    ORDER_NOT_FOUND,
    not_shared_message,
    shared_message,
)
from store.domain.channels import NeedsConfirmation
from store.domain.orders.errors import OrderNotFound
from store.domain.orders.sharing import NotShareable, Share
from store.domain.outbox import News, OutboxItem
from store.domain.people import NotAMember, NotPermitted
from store.services.orders.sharing import SHARED

NOT_SHARED = "order.not_shared"
"""Tells the sharer that the card was not posted."""


def _shared(item: OutboxItem, deps: Deps, viewer: Viewer) -> Message | Withheld:
    """The card, if its sharer may still post it there."""
    share = Share.of(item.subject_key, item.recipient, item.payload)
    try:
        order = deps.sharing.to_post(share, deps.channels(item.recipient))
    except NotShareable as error:
        return Withheld(error.bar)
    except NeedsConfirmation:
        return Withheld(MORE_PEOPLE)
    except OrderNotFound:
        return Withheld(ORDER_NOT_FOUND)
    except NotAMember:
        return Withheld(NOT_A_MEMBER)
    except NotPermitted:
        return Withheld(NOT_PERMITTED)
    return shared_message(order, share, deps.clock(), viewer)


def _refused(item: OutboxItem, code: str, _deps: Deps) -> News:
    payload = {**item.payload, "channel": item.recipient, "code": str(code)}
    return News(f"{NOT_SHARED}/{item.key}", NOT_SHARED, item.subject_key, str(item.payload["user"]), payload)


def _not_shared(item: OutboxItem, deps: Deps, _viewer: Viewer) -> Message:
    share = Share.of(item.subject_key, str(item.payload["channel"]), item.payload)
    return not_shared_message(share, deps.sharing.order_id(share), str(item.payload["code"]))


NOTICES = (
    Notice(SHARED, _shared, _refused, again=NEVER),
    Notice(NOT_SHARED, _not_shared, again=A_DAY),
)
