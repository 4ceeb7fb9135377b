"""The form *Adjust Price*: its builder and its reader, side by side. Pure.

Fields keep their block and action ids while the form is redrawn, so that what is typed stays where it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.blocks.basic_components import DispatchActionConfig
from slack_sdk.models.blocks.block_elements import PlainTextInputElement, RadioButtonsElement
from slack_sdk.models.views import View

from handlers.adjustments import ids
from handlers.adjustments.preview import preview_blocks
from handlers.adjustments.refusals import AtItem, FieldsMissing, RepeatedLine, UnreadableLine
from handlers.adjustments.state import AdjustmentFormState
from handlers.kit import blocks as kit
from handlers.kit.formats import Viewer, figure, money_text, quantity_text
from handlers.kit.ids import INPUT
from handlers.kit.interaction import element_value
from store.domain.adjustments.adjustment import REASON_MAX, AdjustmentForm, Mode
from store.domain.adjustments.errors import (
    BelowCouponsAndCards,
    FigureFault,
    InvalidFigure,
    NotADiscount,
    NotLargerThanReplaced,
    OverMaximum,
    ReasonMissing,
    ReasonTooLong,
)
from store.domain.adjustments.figures import read_amount, read_percentage
from store.domain.adjustments.pricing import Ask, ByAmount, ByNewPrice, ByPercentage, ByResource, PricedItem, Proposal
from store.domain.errors import DomainError
from store.domain.money import Money
from store.domain.orders.order import OrderStatus

MOST_ITEM_FIELDS = 40
"""Items with a field each; an order with more has one field for all, a line for each item."""
MOST_LINES = 3000
"""Characters of that field, by Slack."""
_FIGURE_LENGTH = 40
_SEPARATORS = (":", "=")


class Way(StrEnum):
    """How the figure of *Adjust Order Price* is given."""

    AMOUNT = "amount"
    PERCENTAGE = "percentage"
    NEW_PRICE = "new_price"

    @property
    def label(self) -> str:
        """What the form calls it."""
        return {"amount": "Amount off", "percentage": "Percentage off", "new_price": "New price"}[self.value]


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form holds. `ask` is None while there is no figure, or one that cannot be read."""

    mode: Mode
    way: Way
    ask: Ask | None
    problems: Mapping[str, DomainError] = field(default_factory=dict)
    """By block id."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """What the fields hold, by block id."""
    reason: str = ""


NOTHING_TYPED = Typed(Mode.ORDER_PRICE, Way.AMOUNT, None)


def adjust_modal(
    form: AdjustmentForm,
    typed: Typed,
    preview: Proposal | DomainError | None,
    state: AdjustmentFormState,
    viewer: Viewer,
    *,
    silent: bool = False,
) -> View:
    """The form as it is filled in. `preview`: what it would do, or why it cannot be; None: nothing is typed yet.

    `silent`: no approvals channel is set, so that no manager is told.
    """
    order = form.order
    blocks: list[Block] = [
        kit.section(
            f"*{kit.shown(order.picture.order_id)}* · :large_yellow_circle: {OrderStatus.PENDING_PAYMENT.label}\n"
            f"{kit.shown(order.customer_name)} · {kit.shown(order.service_type_name)}"
        ),
        _radio(ids.MODE, "Adjust", Mode, typed.mode),
    ]
    if typed.mode is Mode.ORDER_PRICE:
        blocks.append(_radio(ids.WAY, "Given as", Way, typed.way))
        blocks.append(_figure_field(form, typed.way, state, viewer))
    else:
        blocks.extend(_resource_fields(form, state, viewer))
    blocks.append(
        kit.field(
            ids.REASON,
            "Reason",
            PlainTextInputElement(action_id=INPUT, multiline=True, max_length=REASON_MAX),
            "Managers decide by it, and it stays in the history.",
            optional=False,
        )
    )
    blocks.append(kit.divider())
    blocks.extend(preview_blocks(form, preview, viewer, silent=silent))
    return kit.modal(
        "Adjust Price",
        blocks,
        callback_id=ids.FORM,
        submit="Submit",
        close="Cancel",
        private_metadata=state.dump(),
    )


def read_form(values: Mapping[str, Mapping[str, Any]], form: AdjustmentForm, locale: str) -> Typed:
    """What is typed, in the figures of someone of that locale."""
    texts = {name: text for name in values if (text := _text(values, name)) and name not in _CHOICES}
    reason = texts.pop(ids.REASON, "")
    mode = next((mode for mode in Mode if mode == _text(values, ids.MODE)), Mode.ORDER_PRICE)
    way = next((way for way in Way if way == _text(values, ids.WAY)), Way.AMOUNT)
    problems: dict[str, DomainError] = {}
    ask: Ask | None = None
    if not _follows(values, mode):
        problems[ids.MODE] = FieldsMissing()
    elif mode is Mode.ORDER_PRICE:
        ask = _read_figure(texts.get(ids.FIGURE, ""), way, form, locale, problems)
    else:
        ask = _read_amounts(texts, form, locale, problems)
    return Typed(mode, way, None if problems else ask, problems, texts, reason)


def with_kept(values: Mapping[str, Mapping[str, Any]], state: AdjustmentFormState) -> dict[str, Mapping[str, Any]]:
    """What the form holds, with the values of fields that it leaves out at the moment."""
    kept = {block_id: {ids.TYPED: {"value": text}} for block_id, text in state.kept.items()}
    return {**kept, **values}


def _follows(values: Mapping[str, Mapping[str, Any]], mode: Mode) -> bool:
    """Whether the form shows the fields of the mode: it is redrawn a moment after that is chosen."""
    if mode is Mode.ORDER_PRICE:
        return ids.FIGURE in values
    return any(block_id == ids.AMOUNTS or block_id.startswith(ids.ITEM) for block_id in values)


def named_item(error: DomainError, typed: Typed, form: AdjustmentForm) -> DomainError:
    """The refusal, with the number of the item that it is about, where one field holds all items."""
    item_id = getattr(error, "order_line_item_id", None)
    if ids.AMOUNTS not in typed.texts or item_id is None:
        return error
    places = (at for at, item in enumerate(form.order.picture.items, 1) if item.order_line_item_id == item_id)
    place = next(places, None)
    return error if place is None else AtItem(place, error)


def at_field(error: DomainError, typed: Typed) -> str:
    """The block id of the field that a refusal is about."""
    if isinstance(error, ReasonMissing | ReasonTooLong):
        return ids.REASON
    if typed.mode is Mode.ORDER_PRICE:
        return ids.FIGURE if isinstance(error, _ABOUT_FIGURES) else ids.MODE
    item = f"{ids.ITEM}{getattr(error, 'order_line_item_id', None)}"
    if item in typed.texts:
        return item
    return ids.AMOUNTS if ids.AMOUNTS in typed.texts else ids.MODE


_ABOUT_FIGURES = (NotADiscount, OverMaximum, NotLargerThanReplaced, BelowCouponsAndCards, InvalidFigure)
_CHOICES = (ids.MODE, ids.WAY)


def discountable(form: AdjustmentForm) -> list[tuple[int, PricedItem, Money]]:
    """The items that may get something, with their places from 1 and their maxima."""
    listed = zip(form.order.picture.items, form.maxima, strict=True)
    return [(place, item, limit) for place, (item, limit) in enumerate(listed, 1) if limit]


def _radio(block_id: str, label: str, kind: type[Mode | Way], chosen: Mode | Way) -> Block:
    options = {choice: kit.option(choice.label, choice.value) for choice in kind}
    element = RadioButtonsElement(action_id=ids.TYPED, options=list(options.values()), initial_option=options[chosen])
    return kit.field(block_id, label, element, optional=False, live=True)


def _live_text(kept: str, *, multiline: bool = False) -> PlainTextInputElement:
    return PlainTextInputElement(
        action_id=ids.TYPED,
        initial_value=kept or None,
        multiline=multiline or None,
        max_length=MOST_LINES if multiline else _FIGURE_LENGTH,
        dispatch_action_config=DispatchActionConfig(trigger_actions_on=["on_character_entered"]),
    )


def _figure_field(form: AdjustmentForm, way: Way, state: AdjustmentFormState, viewer: Viewer) -> Block:
    picture = form.order.picture
    currency = picture.currency
    most = figure(form.maximum, viewer)
    labels = {
        Way.AMOUNT: (f"Amount off, in {currency}", f"Of the list price; at most {most}."),
        Way.PERCENTAGE: ("Percentage off", f"Of the list price; at most {most} {currency}."),
        Way.NEW_PRICE: (
            f"New price, in {currency}",
            f"At least {figure(picture.official_amount - form.maximum, viewer)}.",
        ),
    }
    label, hint = labels[way]
    return kit.field(ids.FIGURE, label, _live_text(state.kept.get(ids.FIGURE, "")), hint, optional=False, live=True)


def _resource_fields(form: AdjustmentForm, state: AdjustmentFormState, viewer: Viewer) -> list[Block]:
    items = discountable(form)
    currency = form.order.picture.currency
    if len(items) > MOST_ITEM_FIELDS:
        example = f"{items[0][0]}: {figure(items[0][2], viewer)}"
        return [
            kit.field(
                ids.AMOUNTS,
                f"Amounts off, in {currency}",
                _live_text(state.kept.get(ids.AMOUNTS, ""), multiline=True),
                f"The order has {len(items)} items that may be discounted. Write a line for each that is to get "
                f"something: its number in the order's details, a colon, the amount, as {example}.",
                optional=False,
                live=True,
            )
        ]
    return [
        kit.field(
            ids.ITEM + item.order_line_item_id,
            f"{place}. {kit.cut(kit.clean(item.product_spec_desc or item.service_type_code), 150)}, "
            f"{quantity_text(item)}",
            _live_text(state.kept.get(ids.ITEM + item.order_line_item_id, "")),
            f"Amount off the list price of {money_text(item.official_amount, viewer)}; "
            f"at most {figure(limit, viewer)}.",
            live=True,
        )
        for place, item, limit in items
    ]


def _text(values: Mapping[str, Mapping[str, Any]], block_id: str) -> str:
    elements = list(values.get(block_id, {}).values())
    return element_value(elements[0]).strip() if elements and elements[0] else ""


def _read_figure(
    text: str, way: Way, form: AdjustmentForm, locale: str, problems: dict[str, DomainError]
) -> Ask | None:
    if not text:
        problems[ids.FIGURE] = InvalidFigure(text, FigureFault.NOT_A_NUMBER)
        return None
    currency = form.order.picture.currency
    try:
        if way is Way.PERCENTAGE:
            return ByPercentage(read_percentage(text, locale))
        amount = read_amount(text, currency, locale)
    except DomainError as error:
        problems[ids.FIGURE] = error
        return None
    return ByAmount(amount) if way is Way.AMOUNT else ByNewPrice(amount)


def _read_amounts(
    texts: Mapping[str, str], form: AdjustmentForm, locale: str, problems: dict[str, DomainError]
) -> Ask | None:
    currency = form.order.picture.currency
    amounts: list[tuple[str, Money]] = []
    for block_id, item_id, text, place in _amount_texts(texts, form, problems):
        try:
            amounts.append((item_id, read_amount(text, currency, locale)))
        except DomainError as error:
            problems.setdefault(block_id, AtItem(place, error) if place else error)
    if not amounts and not problems:
        problems[ids.MODE] = InvalidFigure("", FigureFault.NOT_A_NUMBER)
    return ByResource(tuple(amounts))


def _amount_texts(
    texts: Mapping[str, str], form: AdjustmentForm, problems: dict[str, DomainError]
) -> list[tuple[str, str, str, int]]:
    """Block id, item id and text of each amount, with the item's number where the field does not tell it; else 0."""
    if ids.AMOUNTS in texts:
        return _amount_lines(texts[ids.AMOUNTS], form, problems)
    return [
        (block_id, block_id.removeprefix(ids.ITEM), text, 0)
        for block_id, text in texts.items()
        if block_id.startswith(ids.ITEM)
    ]


def _amount_lines(text: str, form: AdjustmentForm, problems: dict[str, DomainError]) -> list[tuple[str, str, str, int]]:
    items: Sequence[PricedItem] = form.order.picture.items
    found: dict[int, tuple[str, str, str, int]] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        separator = next((sign for sign in _SEPARATORS if sign in line), ":")
        place, _, amount = (part.strip() for part in line.partition(separator))
        if not (place.isascii() and place.isdecimal() and len(place) < 10 and 1 <= int(place) <= len(items)):
            problems.setdefault(ids.AMOUNTS, UnreadableLine(line, len(items)))
            continue
        number = int(place)
        if number in found:
            problems.setdefault(ids.AMOUNTS, RepeatedLine(number))
        found[number] = (ids.AMOUNTS, items[number - 1].order_line_item_id, amount, number)
    return list(found.values())
