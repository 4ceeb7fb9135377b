"""The sentences people read when a request is refused or fails: what happened, what did not, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch

from handlers.kit.channels import SlackSilent
from handlers.kit.escapes import escape
from handlers.kit.formats import Audience, Viewer, figure, moment_text
from handlers.kit.state import StaleScreen
from store.domain.adjustments.adjustment import number_of
from store.domain.adjustments.errors import Bar, NotAdjustable
from store.domain.channels import ChannelBar
from store.domain.errors import DatabaseBusy, DatabaseUnavailable, DomainError, Unconfirmed
from store.domain.orders.criteria import OrderCriteria
from store.domain.orders.criterion import described
from store.domain.orders.errors import (
    AmountsDoNotAddUp,
    CustomerNotFound,
    InvalidCriteria,
    NoPaymentDetails,
    OrderNotFound,
)
from store.domain.people import Capability, NotAMember, NotPermitted


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text, and a title for screens with room for one."""

    title: str
    text: str


MAY = {
    Capability.SEARCH: "search customer orders",
    Capability.SUBMIT_ADJUSTMENT: "adjust prices",
    Capability.DECIDE_ADJUSTMENT: "decide price adjustments",
    Capability.EXPORT: "export customer orders",
    Capability.SHARE: "share customer orders",
    Capability.KEEP_MEMBERS: "keep the members of the desk",
}
"""What each capability permits, as the words after `may`."""

_CRITERIA = {one.name: one.label for one in described(OrderCriteria)}

NO_CHANNEL = {
    ChannelBar.NOT_IN_CHANNEL: "Order Desk is not in that channel. Invite it with /invite @Order Desk",
    ChannelBar.CHANNEL_SHARED: "that channel is shared with another organisation, and orders never go there",
    ChannelBar.CHANNEL_ARCHIVED: "that channel is archived",
    ChannelBar.CHANNEL_NOT_FOUND: "Order Desk cannot see that channel. Invite it with /invite @Order Desk",
    ChannelBar.ASKER_NOT_IN: "you are not in that channel. Join it first",
}
"""Why nothing can be posted in a channel, as the end of a sentence without its full stop."""

AUDIENCE = Audience()
"""The reader where nobody knows who reads."""
OUT_OF_DATE = (
    "This button belongs to an older screen and no longer works. Nothing was changed. Start again with `/orders`."
)


@singledispatch
def sentence(error: DomainError, _viewer: Viewer = AUDIENCE) -> Sentence:
    """What to tell a person about a domain error, with figures and times for that viewer.

    Features register the words of their own errors.
    """
    raise NotImplementedError(f"no words for {type(error).__name__}")


@sentence.register
def _(_error: OrderNotFound, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "Order not found",
        "There is no such order among those you can see. Nothing was opened. "
        "Check the order number, or search by customer.",
    )


@sentence.register
def _(_error: CustomerNotFound, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "Customer not found",
        "There is no such customer among those you can see. Nothing was searched. "
        "Type a part of the name and choose again.",
    )


@sentence.register
def _(error: NotPermitted, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "Not permitted",
        f"Your roles do not allow this: you may not {MAY[error.capability]}. Nothing was changed. "
        "An admin of the desk can give you the role.",
    )


@sentence.register
def _(_error: NotAMember, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence("Not a member", f"{stranger(())} Nothing was changed.")


@sentence.register
def _(error: NotAdjustable, viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "Adjust Price",
        f"The price of this order cannot be adjusted: {why_not_adjustable(error, viewer)} Nothing was changed.",
    )


@sentence.register
def _(error: NoPaymentDetails, _viewer: Viewer = AUDIENCE) -> Sentence:
    if error.unsubscription:
        reason = "this order is an unsubscription: nothing was paid for it"
    else:
        reason = f"this order is not completed; it is {error.status.label.lower()}"
    return Sentence(
        "No payment details", f"There are no payment details: {reason}. View Order Details shows its amounts."
    )


@sentence.register
def _(error: AmountsDoNotAddUp, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "Amounts do not add up",
        f"The stored amounts of this order contradict each other ({error.what}), so they are not shown as a breakdown. "
        "Nothing was changed. Tell an admin, who can import the order again.",
    )


@sentence.register
def _(error: InvalidCriteria, _viewer: Viewer = AUDIENCE) -> Sentence:
    name, reason = _CRITERIA.get(error.field), escape(error.reason)
    said = f"{name}: {reason}" if name else reason[:1].upper() + reason[1:]
    return Sentence("Check the search", f"{said}. Nothing was searched.")


@sentence.register
def _(_error: DatabaseBusy | DatabaseUnavailable, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "The desk is busy",
        "The desk could not get to its data just now. Nothing was changed. Try again in a minute.",
    )


@sentence.register
def _(_error: Unconfirmed, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "Please check",
        "The desk lost its database while it wrote. Your request may or may not have been done. "
        "Check in a minute, before you try again.",
    )


@sentence.register
def _(_error: SlackSilent, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "Slack does not answer",
        "Slack did not say just now who is in that channel, so nothing was done. Try again in a minute.",
    )


@sentence.register
def _(_error: StaleScreen, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "Screen out of date",
        OUT_OF_DATE,
    )


def why_not_adjustable(bar: NotAdjustable, viewer: Viewer) -> str:
    """Why an order's price cannot be adjusted, and what can be done; ends in a full stop."""
    match bar.bar:
        case Bar.ROLE:
            return "your roles do not include it; an admin of the desk can give you the role."
        case Bar.STATUS:
            status = bar.status.label.lower() if bar.status else "another"
            return f"the order is not pending payment; it is {status}."
        case Bar.DEADLINE_PASSED:
            when = f" It was {moment_text(bar.deadline, viewer)}." if bar.deadline else ""
            return f"its payment deadline has passed.{when}"
        case Bar.RESELLER_ASSOCIATION:
            return "the customer is associated by reseller: the price is the reseller's."
        case Bar.RESELLERS_CUSTOMER:
            return "the customer is a reseller's: the price is the reseller's."
        case Bar.UNSUBSCRIPTION:
            return "the order is an unsubscription, which has no price to lower."
        case Bar.UNDECIDED:
            number = number_of(bar.undecided) if bar.undecided else "another adjustment"
            return (
                f"{number} of this order is undecided. Wait for its decision, or have its requester withdraw it: "
                "see the Price Adjustment History."
            )
        case Bar.NOTHING_DISCOUNTABLE:
            return "nothing in it may be discounted: its Maximum Discount is zero."
        case Bar.NO_ROOM:
            return _no_room(bar, viewer)


def _no_room(bar: NotAdjustable, viewer: Viewer) -> str:
    if bar.maximum is None or bar.replaced is None:
        return "the discounts it has are as large as any adjustment may be."
    return (
        f"an adjustment replaces the discounts it has ({figure(bar.replaced, viewer)}), and its Maximum Discount "
        f"({figure(bar.maximum, viewer)}) is not larger."
    )


def stranger(admins: Sequence[str]) -> str:
    """To someone who is not a member; `admins` are Slack user ids."""
    return (
        "Order Desk is for members of the desk, and you are not one yet. Nothing was shown. "
        f"Ask {_admins(admins)} to make you a member."
    )


def other_organisation(admins: Sequence[str]) -> str:
    """To someone from another organisation who comes through a shared channel."""
    return (
        "Order Desk serves people of this workspace only, and you are from another organisation. Nothing was shown. "
        + _ask_instead(admins)
    )


def other_workspace(admins: Sequence[str]) -> str:
    """To someone from another workspace of the same Enterprise organisation."""
    return (
        "Order Desk serves people of one workspace of your organisation only, and you are not in that workspace. "
        f"Nothing was shown. If you need it, ask an admin of Slack to add you there, and then {_admins(admins)} to "
        "make you a member."
    )


def guest(admins: Sequence[str]) -> str:
    """To a guest, a bot or a deactivated person."""
    return (
        "Order Desk serves full members of this workspace only, not guests or bots. Nothing was shown. "
        + _ask_instead(admins)
    )


def unsure_who(reference: str) -> str:
    """If Slack does not say who is asking: refused, since only Slack knows whether they still belong here."""
    return (
        "Slack did not say just now whether you still belong to this workspace, so nothing was done. "
        f"Try again in a minute. (ref {reference})"
    )


def failed(reference: str) -> str:
    """After an unforeseen error."""
    return (
        "Something went wrong on our side. Nothing was changed. Try again; if it happens again, "
        f"give an admin this reference. (ref {reference})"
    )


def unsure(reference: str) -> str:
    """After an error during or after the commit of the change."""
    return (
        "Something went wrong on our side just as this was being saved, and it may or may not have been saved. "
        "Look first: at what you changed, or in Price Adjustment History (`/adjustments`) or Export History "
        f"(`/export-history`). If it is not there, try again. (ref {reference})"
    )


def busy(reference: str) -> str:
    """If the request was taken up too late to be answered within Slack's time."""
    return f"The desk is very busy: your request was not taken up, and nothing was done. Try again. (ref {reference})"


def not_shown(reference: str, code: str) -> str:
    """If Slack refused to open or redraw a screen, for the reason of that code."""
    if code == "ratelimited":
        return (
            "Slack asks Order Desk to wait, so nothing could be opened. Nothing was changed. "
            f"Try again in a minute. (ref {reference})"
        )
    if "trigger" in code:
        return f"Slack took too long, so nothing could be opened. Nothing was changed. Try again. (ref {reference})"
    return (
        "Slack refused to show the answer. Nothing was changed. Try again; if it happens again, "
        f"give an admin this reference. (ref {reference})"
    )


def _ask_instead(admins: Sequence[str]) -> str:
    """To somebody to whom no admin of the desk could give access."""
    return f"If you need to know something of an order, ask {_admins(admins)}."


def _admins(admins: Sequence[str]) -> str:
    return " or ".join(f"<@{user_id}>" for user_id in admins[:3]) or "the person who installed Order Desk"
