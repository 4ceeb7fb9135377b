"""Help as blocks: only what this person may do. Pure."""

from __future__ import annotations

from slack_sdk.models.blocks import Block, HeaderBlock
from slack_sdk.models.views import View

from handlers.kit.blocks import actions, button, context, plain, section
from handlers.kit.formats import zone_text
from handlers.kit.ids import SEARCH_FORM
from handlers.kit.refusals import MAY
from store.domain.orders.criteria import OrderCriteria
from store.domain.orders.criterion import Codes, described
from store.domain.people import Actor, Capability, Role

_EXAMPLES = (
    ("/orders", "the search form"),
    ("/orders acme", "orders of customers whose name contains “acme”"),
    ("/orders no:CS26", "orders whose number begins with CS26; *Share* on the details of one shows it in a channel"),
    ("/orders status:pending-payment last:30d", "orders of the last 30 days that wait for payment"),
    ("/orders acme type:renewal,purchase since:2026-01-01 until:2026-03-31", "by order type and day"),
    ("/orders product:server resellers", "by product type, among resellers' customers"),
)

_DECIDING = (("/approvals", "price adjustments that wait for your decision"),)
_ADJUSTING = (
    ("/adjustments", "price adjustment history of all orders that you see"),
    ("/adjustments CS2610A7F3", "of one order; *Adjust Price* is offered for orders that are pending payment"),
)


_EXPORTING = (
    ("/export", "orders by criteria into an Excel file; `/export all` takes every order you see"),
    ("/export-history", "exports, to download or try again"),
)


def help_blocks(actor: Actor) -> list[Block]:
    """What this person can do, with examples and the words of the one-line search."""
    roles = " and ".join(role for role in Role if role in actor.member.roles)
    sees = "all orders" if actor.reach.everything else "the orders of your own customers"
    may = ", ".join(words for capability, words in MAY.items() if actor.can(capability) and capability in OFFERED)
    deciding = _DECIDING if actor.can(Capability.DECIDE_ADJUSTMENT) else ()
    offered = [*_EXAMPLES, *deciding, *_ADJUSTING, *_EXPORTING]
    examples = "\n".join(f"`{line}`  {meaning}" for line, meaning in offered)
    return [
        section(f"You are a *{roles}* of the desk: you see {sees}, and may {may}."),
        section(f"*Examples*\n{examples}"),
        section(
            "*The words of a search*\n"
            "A word without a key is part of the customer's name, or an order number where it looks like one. "
            'Names of several words go in quotes: `customer:"around the horn"`.\n'
            f"{_keys()} · `last:` 30d, 4w, 3m, 1y · `resellers` for resellers' customers"
        ),
        context(f"Times and days are in your time zone in Slack, {zone_text(actor)}."),
    ]


def _keys() -> str:
    """The keys of a search and what follows each: a line of names for each key with codes, then the other keys."""
    lines, others = [], []
    for one in described(OrderCriteria):
        if isinstance(one.kind, Codes):
            lines.append(f"`{one.key}:` {', '.join(code.slug for code in one.kind.of)}")
        elif one.key:
            others.append(f"`{one.key}:` {one.help}")
    return "\n".join([*lines, " · ".join(others)])


OFFERED = (
    Capability.SEARCH,
    Capability.SUBMIT_ADJUSTMENT,
    Capability.DECIDE_ADJUSTMENT,
    Capability.EXPORT,
    Capability.SHARE,
)
"""The capabilities that have screens."""


def home_view(actor: Actor) -> View:
    """The Home tab: what the desk is, a button to start, and the help."""
    blocks: list[Block] = [
        HeaderBlock(text=plain("Customer Orders", 150)),
        actions([button("Find customer orders", SEARCH_FORM, style="primary")]),
        *help_blocks(actor),
    ]
    return View(type="home", callback_id="home", blocks=blocks)
