"""The approval card and what else is told of an adjustment in messages. Pure: domain values in, messages out."""

from __future__ import annotations

from slack_sdk.models.blocks import Block

from handlers.adjustments import ids
from handlers.adjustments.buttons import buttons_of
from handlers.adjustments.outcomes import STATES
from handlers.adjustments.words import (
    change_text,
    item_text,
    managers,
    more_managers,
    outcome_lines,
    replaced_text,
    stale_lines,
    state_text,
    unseen_text,
)
from handlers.kit.blocks import SECTION_TEXT, actions, button, context, cut, section, shown
from handlers.kit.formats import Viewer, moment_token, money_text
from handlers.kit.messages import Message
from handlers.kit.people import mentioned
from store.domain.adjustments.adjustment import Adjustment, AdjustmentSummary
from store.domain.adjustments.states import Step
from store.domain.adjustments.transitions import Whose
from store.domain.channels import ChannelBar

CARD_ITEMS = 5
"""Items shown on a card; of more, those that get something come first."""


def approval_card(adjustment: Adjustment, viewer: Viewer) -> Message:
    """The card in the approvals channel: all that a decision needs, and once it is over, what became of it."""
    summary = adjustment.summary
    blocks: list[Block] = [
        section(f"*Price adjustment {summary.number}* · {state_text(summary)}"),
        section(f"{_order_line(summary)}\n{change_text(summary, viewer)}"),
        section(cut(_items(adjustment, viewer), SECTION_TEXT)),
        # Escaping makes a text of `<` and `&` up to five times as long.
        section(cut(f"“{shown(summary.reason, 1000)}”", SECTION_TEXT)),
    ]
    facts = [
        f"Asked by {mentioned(summary.requester)}, {moment_token(summary.submitted_at, viewer)}",
        *([unseen_text(summary, mentioned)] if summary.pending and not summary.requester_sees else []),
        *outcome_lines(summary, viewer, moment_token, mentioned),
        *stale_lines(adjustment, viewer),
    ]
    if summary.pending and summary.deadline:
        facts.append(f"The order must be paid by {moment_token(summary.deadline, viewer)}")
    blocks.append(context(cut("\n".join(facts), 2000)))
    buttons = [button("View Order Details", ids.VIEW_DETAILS, f"{summary.order_key}")]
    blocks.append(actions([*buttons_of(summary, Whose.ANOTHERS, viewer), *buttons], "decide"))
    text = _in_short(summary, viewer)
    short = Message(text, [*blocks[:2], section("See the details under `/approvals` and `/adjustments`."), blocks[-1]])
    return Message(text, blocks, short)


def outcome_message(adjustment: Adjustment, viewer: Viewer) -> Message | None:
    """What became of it, to the requester; None while it has no outcome."""
    summary = adjustment.summary
    if summary.pending:
        return None
    headline = STATES[summary.state].headline.format(number=summary.number)
    first = f"*{headline}*"
    lines = [
        first if summary.number in headline else f"{first} · {summary.number}",
        f"{_order_line(summary)}\n{change_text(summary, viewer)}",
        *(line for line in outcome_lines(summary, viewer, moment_token, mentioned) if line != first),
        *stale_lines(adjustment, viewer),
    ]
    lines.append(STATES[summary.state].next_step)
    return Message(
        f"{headline} ({summary.number}, {money_text(summary.after, viewer)})",
        [
            section(cut("\n".join(line for line in lines if line), SECTION_TEXT)),
            actions(
                [
                    button("View Order Details", ids.VIEW_DETAILS, f"{summary.order_key}"),
                    button("Price Adjustment History", ids.OPEN_HISTORY, f"{summary.order_key}"),
                ],
                "outcome",
            ),
        ],
    )


def outcome_in_short(adjustment: Adjustment) -> Message | None:
    """The outcome for a requester who no longer sees the order: nothing of it; None while there is none."""
    summary = adjustment.summary
    if summary.pending:
        return None
    headline = STATES[summary.state].headline.format(number=summary.number)
    text = f"{headline} ({summary.number}). You no longer see its order."
    return Message(text, [section(text)])


def reminder_message(adjustment: Adjustment, viewer: Viewer) -> Message | None:
    """A reminder for the card's thread; None once it is decided."""
    summary = adjustment.summary
    if not summary.pending:
        return None
    until = f" The order must be paid by {moment_token(summary.deadline, viewer)}." if summary.deadline else ""
    text = f"{summary.number} still waits for {managers(summary.approvals_missing)}.{until}"
    return Message(text, [section(text)])


def approval_step_message(adjustment: Adjustment, viewer: Viewer) -> Message | None:
    """The first of two approvals, for the card's thread; None where one sufficed."""
    approval = next((event for event in adjustment.events if event.step is Step.APPROVED and event.by), None)
    if approval is None or approval.by is None or adjustment.summary.needed_approvals < 2:
        return None
    missing = adjustment.summary.approvals_missing if adjustment.summary.pending else 0
    waits = f" It waits for {more_managers(missing)}." if missing else ""
    text = f"{mentioned(approval.by)} approved {adjustment.number}, {moment_token(approval.at, viewer)}.{waits}"
    return Message(text, [section(text)])


def not_posted_message(adjustment: Adjustment, code: str, viewer: Viewer) -> Message | None:
    """To the requester: the card could not be posted, and why; None once it is decided."""
    summary = adjustment.summary
    if not summary.pending:
        return None
    lines = [
        f"*{summary.number} waits, but its card could not be posted in the approvals channel.* {_why(code)}",
        f"{_order_line(summary)}\n{change_text(summary, viewer)}",
        "It is not lost: managers find it under `/approvals`. Tell one of them.",
    ]
    return Message(
        f"{summary.number} waits, but its card could not be posted in the approvals channel.",
        [
            section("\n".join(lines)),
            actions(
                [
                    *buttons_of(summary, Whose.OWN, viewer),
                    button("View Order Details", ids.VIEW_DETAILS, f"{summary.order_key}"),
                ],
                "not_posted",
            ),
        ],
    )


def _why(code: str) -> str:
    if code == "no_approvals_channel":
        return "No approvals channel is set up. The operator of Order Desk can name one in DESK_APPROVALS_CHANNEL."
    if code in ("not_in_channel", "channel_not_found"):
        return (
            "Order Desk is not in that channel. Once a member of it types `/invite @Order Desk` there, "
            "the card follows within minutes."
        )
    if code == ChannelBar.CHANNEL_SHARED:
        return (
            "That channel is shared with another organisation, whose people would read the price. Once it is not, "
            "the card follows within minutes. The operator of Order Desk can also name another channel "
            "in DESK_APPROVALS_CHANNEL."
        )
    if code == "is_archived":
        return "The channel is archived. The operator of Order Desk can name another in DESK_APPROVALS_CHANNEL."
    return f"Slack refuses it ({shown(code, 64)}); an admin of the workspace can fix that."


def _order_line(summary: AdjustmentSummary) -> str:
    return f"*{shown(summary.customer_name)}* · {shown(summary.order_id)} · {shown(summary.service_type_name, 100)}"


def _in_short(summary: AdjustmentSummary, viewer: Viewer) -> str:
    return (
        f"Price adjustment {summary.number}, {summary.state.label.lower()}: {shown(summary.customer_name)}, "
        f"{shown(summary.order_id)}, {money_text(summary.before, viewer)} → {money_text(summary.after, viewer)}"
    )


def _items(adjustment: Adjustment, viewer: Viewer) -> str:
    items = adjustment.proposal.items
    chosen = sorted(range(len(items)), key=lambda at: (not items[at].discount, at))[:CARD_ITEMS]
    lines = [f"• {item_text(items[at], viewer)}" for at in sorted(chosen)]
    if len(items) > len(lines):
        lines.append(f"… and {len(items) - len(lines)} more items")
    replaced = replaced_text(adjustment.proposal.replaced, viewer)
    if replaced:
        lines.append(f"Replaces {replaced}")
    return "\n".join(lines)
