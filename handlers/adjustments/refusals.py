"""The sentences for what can go wrong with an adjustment. Texts are plain: they are also shown at fields of forms."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.adjustments.outcomes import STATES
from handlers.kit.blocks import clean, cut
from handlers.kit.formats import Viewer, figure, moment_text, money_text
from handlers.kit.refusals import AUDIENCE, Sentence, sentence
from store.domain.adjustments.adjustment import number_of
from store.domain.adjustments.errors import (
    AdjustmentNotFound,
    AlreadyApproved,
    AlreadyDecided,
    AmbiguousFigure,
    BelowCouponsAndCards,
    FigureFault,
    InvalidFigure,
    NotADiscount,
    NotLargerThanReplaced,
    NotTheRequester,
    OverMaximum,
    OwnAdjustment,
    ReasonMissing,
    ReasonTooLong,
    UnknownItem,
    WrongCurrency,
)
from store.domain.errors import DomainError
from store.domain.money import Money
from store.domain.people import Person


@dataclass(eq=False)
class UnreadableLine(DomainError):
    """A line of the field for many items that does not begin with the number of one of them."""

    line: str
    items: int


@dataclass(eq=False)
class RepeatedLine(DomainError):
    """An item that is in more than one line of the field for many items."""

    place: int


@dataclass(eq=False)
class AtItem(DomainError):
    """What is wrong with the amount of one of many items in one field."""

    place: int
    error: DomainError


@dataclass(eq=False)
class FieldsMissing(DomainError):
    """The form was sent before it showed the fields of what was chosen last."""


def _name(person: Person) -> str:
    """The name for a field's error, which knows no marks, and for a message, which does."""
    return cut(clean(person.name), 80).replace("<", "‹").replace(">", "›")


_TITLE = "Adjust Price"
_UNCHANGED = "Nothing was changed."


@sentence.register
def _(_error: AdjustmentNotFound, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "Adjustment not found",
        "There is no such price adjustment of an order that you can see. Nothing was opened. "
        "Type /adjustments for the Price Adjustment History.",
    )


@sentence.register
def _(_error: OwnAdjustment, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "Your own adjustment",
        f"Nobody decides their own price adjustment, whatever their roles. {_UNCHANGED} Another manager can decide it, "
        "or you can withdraw it under /adjustments.",
    )


@sentence.register
def _(error: NotTheRequester, _viewer: Viewer = AUDIENCE) -> Sentence:
    name = _name(error.requester)
    return Sentence("Not yours", f"Only {name}, who submitted it, can withdraw this adjustment. {_UNCHANGED}")


@sentence.register
def _(error: AlreadyApproved, viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        "Already approved",
        f"You approved it on {moment_text(error.at, viewer)}. It waits for another manager. {_UNCHANGED}",
    )


@sentence.register
def _(error: AlreadyDecided, viewer: Viewer = AUDIENCE) -> Sentence:
    by = f" by {_name(error.by)}" if error.by else ""
    what = STATES[error.state].beaten
    return Sentence(
        "Already decided",
        f"{number_of(error.key)} {what}{by} on {moment_text(error.at, viewer)}. Your click changed nothing.",
    )


@sentence.register
def _(_error: ReasonMissing, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(_TITLE, "Give a reason: readers of the history will ask for it.")


@sentence.register
def _(error: ReasonTooLong, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(_TITLE, f"At most {error.longest} characters; these are {error.length}.")


@sentence.register
def _(error: NotADiscount, _viewer: Viewer = AUDIENCE) -> Sentence:
    zero = Money.zero(error.discount.currency)
    if error.discount < zero:
        return Sentence(_TITLE, "That would raise the price above the list price. An adjustment lowers it.")
    return Sentence(_TITLE, "That takes nothing off the list price. An adjustment lowers it.")


@sentence.register
def _(error: OverMaximum, viewer: Viewer = AUDIENCE) -> Sentence:
    whose = "this item's Maximum Discount" if error.order_line_item_id else "the Maximum Discount"
    return Sentence(
        _TITLE,
        f"{money_text(error.discount, viewer)} off the list price is more than {whose} of "
        f"{money_text(error.maximum, viewer)}.",
    )


@sentence.register
def _(error: NotLargerThanReplaced, viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        _TITLE,
        f"The adjustment replaces the discounts of {money_text(error.replaced, viewer)} that the order has, so it must "
        f"be larger than they are; {figure(error.discount, viewer)} is not.",
    )


@sentence.register
def _(error: BelowCouponsAndCards, viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        _TITLE,
        f"The new price would be {money_text(error.after, viewer)}; "
        f"coupons and cards already cover {figure(error.coupons_and_cards, viewer)}, which is more.",
    )


@sentence.register
def _(_error: UnknownItem, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        _TITLE,
        "The items of the order are no longer those that the form shows. Nothing was submitted. "
        "Close the form and open it again.",
    )


@sentence.register
def _(error: WrongCurrency, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(_TITLE, f"The order is in {error.currency}, not in {error.given}. Nothing was submitted.")


@sentence.register
def _(error: InvalidFigure, _viewer: Viewer = AUDIENCE) -> Sentence:
    if error.fault is FigureFault.TOO_FINE and not error.digits:
        return Sentence(_TITLE, "The order's currency has no decimal places. Type a whole number.")
    return Sentence(_TITLE, _FAULTS[error.fault].format(digits=error.digits))


_FAULTS = {
    FigureFault.NOT_A_NUMBER: "Type a number, in digits.",
    FigureFault.NEGATIVE: "Type it without a minus sign: the amount off is a positive number.",
    FigureFault.TOO_FINE: "The order's currency has {digits} decimal places; type no more.",
    FigureFault.TOO_LONG: "That number has too many digits for a price.",
    FigureFault.OTHER_CURRENCY: "That is not the order's currency. Type the number alone.",
    FigureFault.PERCENT_SIGN: "Type an amount here. For a percentage, choose Percentage off above.",
    FigureFault.OVER_HUNDRED: "A percentage is at most 100.",
}


@sentence.register
def _(error: AmbiguousFigure, _viewer: Viewer = AUDIENCE) -> Sentence:
    typed = cut(clean(error.text), 40)
    ways = " or ".join(reading.retype for reading in error.readings)
    if len(error.readings) == 1:
        return Sentence(_TITLE, f"“{typed}” is not clear. Type {ways}, if that is what you mean.")
    return Sentence(_TITLE, f"“{typed}” can be read in two ways. Type {ways}, whichever you mean.")


@sentence.register
def _(error: UnreadableLine, _viewer: Viewer = AUDIENCE) -> Sentence:
    line = cut(clean(error.line), 40)
    return Sentence(
        _TITLE,
        f"“{line}” cannot be read. Begin each line with an item's number, from 1 to {error.items}, then a colon and "
        "the amount.",
    )


@sentence.register
def _(error: RepeatedLine, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(_TITLE, f"Item {error.place} is in more than one line. Write one line for each item.")


@sentence.register
def _(error: AtItem, viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(_TITLE, f"Item {error.place}: {sentence(error.error, viewer).text}")


@sentence.register
def _(_error: FieldsMissing, _viewer: Viewer = AUDIENCE) -> Sentence:
    return Sentence(
        _TITLE,
        "The form does not show the fields of your choice yet. Nothing was submitted. Choose the other one, then this "
        "one again, and fill in the fields below.",
    )
