"""The export form, its builder next to its reader, and the question before others see the file. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import Block, Option
from slack_sdk.models.blocks.block_elements import RadioButtonsElement
from slack_sdk.models.views import View

from handlers.exports import ids
from handlers.exports.state import ExportFormState
from handlers.exports.words import TO_ME
from handlers.kit.blocks import actions, button, context, divider, field, modal, option, section, shown
from handlers.kit.formats import orders_text
from handlers.kit.ids import INPUT
from handlers.kit.interaction import element_value
from handlers.kit.searching import Filled, criteria_fields, criteria_text
from handlers.kit.state import StaleScreen
from store.domain.exports.export import Scope
from store.domain.orders.criteria import CappedCount
from store.domain.people import Actor

HERE, ME = "here", "me"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The choice: which orders, and whether the file goes to the channel or to the requester alone."""

    scope: Scope
    here: bool


def export_modal(filled: Filled, count: CappedCount | None, state: ExportFormState, actor: Actor) -> View:
    """The form. `count`: the orders in the results from which it was opened; None: the form asks for criteria."""
    channel = state.search.channel
    blocks: list[Block] = [_scope_field(count, actor), _destination_field(channel)]
    if count is None:
        blocks.append(divider())
        blocks.append(section("*Export Selected* takes the orders that fit these criteria:"))
        blocks.extend(criteria_fields(filled))
    else:
        blocks.insert(0, section(f"*{orders_text(count, actor)}* · {criteria_text(filled, actor)}"))
    blocks.append(context(_whose(actor)))
    blocks.append(actions([button("View Export", ids.VIEW_EXPORT)], "history"))
    return modal(
        "Export",
        blocks,
        callback_id=ids.FORM,
        submit="Export",
        close="Cancel",
        private_metadata=state.dump(),
    )


def _whose(actor: Actor) -> str:
    seen = "all orders of the desk" if actor.reach.everything else "the orders of your own customers"
    return f"*Export All* takes {seen}, customers and resellers' customers. The file is an Excel workbook."


def _these(count: CappedCount, actor: Actor) -> str:
    return f"{'this' if count.value == 1 else 'these'} {orders_text(count, actor)}"


def _scope_field(count: CappedCount | None, actor: Actor) -> Block:
    selected = "Export Selected" if count is None else f"Export Selected: {_these(count, actor)}"
    choices = [option(selected, Scope.SELECTED.value), option("Export All: every order you see", Scope.ALL.value)]
    element = RadioButtonsElement(action_id=INPUT, options=choices, initial_option=choices[0])
    return field(ids.SCOPE, "Which orders", element, optional=False)


def _destination_field(channel: str) -> Block:
    choices: list[Option] = [option("Only me, by direct message", ME)]
    if channel and not channel.startswith("D"):
        choices.insert(0, option("The channel where I asked", HERE))
    element = RadioButtonsElement(action_id=INPUT, options=choices, initial_option=choices[0])
    hint = "Everybody in the channel will be able to open the file." if len(choices) > 1 else ""
    return field(ids.DESTINATION, "Where the file goes", element, hint, optional=False)


def read_export(values: Mapping[str, Mapping[str, Any]]) -> Chosen:
    """The choice in the form. Raises StaleScreen for foreign values."""
    scope = element_value(values.get(ids.SCOPE, {}).get(INPUT) or {})
    try:
        return Chosen(Scope(scope), element_value(values.get(ids.DESTINATION, {}).get(INPUT) or {}) == HERE)
    except ValueError:
        raise StaleScreen from None


def confirm_modal(state: ExportFormState, channel_name: str, count: CappedCount, actor: Actor) -> View:
    """The question before people get a file whose orders they may not see: how many there are."""
    people = f"*{state.people} {'person' if state.people == 1 else 'people'}*"
    blocks: list[Block] = [
        section(
            f"{people} in *#{shown(channel_name, 80)}* may not see {_these(count, actor)} at the desk. "
            "If the file is posted there, they will be able to open it."
        ),
        actions([button(TO_ME, ids.SEND_TO_ME)], "instead"),
    ]
    return modal(
        "Who will see it",
        blocks,
        callback_id=ids.CONFIRMATION,
        submit="Post it there",
        close="Cancel",
        private_metadata=state.dump(),
    )
