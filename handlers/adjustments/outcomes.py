"""The one table of what is said of an adjustment in each state: in lists, to the requester, to who came too late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from store.domain.adjustments.states import OUTCOMES, AdjustmentState, Step

SUCCESS = "Order price adjusted successfully"
"""The field's own words, where an adjustment was applied."""


@dataclass(frozen=True, slots=True)
class StateWords:
    """A row of the table. In braces stands what differs from one adjustment to another."""

    sign: str
    answer: str
    """What the person is told who brought it so far: `{number}`, `{more}` managers that it waits for."""
    step: str = ""
    """In the list of what happened."""
    headline: str = ""
    """Of the message to the requester: `{number}`."""
    line: str = ""
    """On the card, in lists and in that message: `{by}` with its space, `{at}`, `{reason}`."""
    next_step: str = ""
    """What the requester reads last."""
    beaten: str = ""
    """What somebody is told who came too late, after the number: who brought it and when follow."""


STATES: Mapping[AdjustmentState, StateWords] = {
    AdjustmentState.PENDING: StateWords(
        sign=":large_yellow_circle:",
        answer="Your approval of {number} counts. It waits for {more}.",
    ),
    AdjustmentState.APPLIED: StateWords(
        sign=":large_green_circle:",
        answer=f"{{number}}: {SUCCESS}",
        step="Applied",
        headline=SUCCESS,
        line=f"*{SUCCESS}*",
        beaten="was approved and applied",
    ),
    AdjustmentState.REJECTED: StateWords(
        sign=":red_circle:",
        answer="{number} was rejected.",
        step="Rejected",
        headline="Price adjustment {number} was rejected",
        line="Rejected{by}, {at}: “{reason}”",
        next_step="The price was not changed. You can adjust it again as long as the order is pending payment.",
        beaten="was rejected",
    ),
    AdjustmentState.WITHDRAWN: StateWords(
        sign=":white_circle:",
        answer="{number} was withdrawn.",
        step="Withdrawn",
        headline="Price adjustment {number} was withdrawn",
        line="Withdrawn{by}, {at}",
        next_step="The price was not changed.",
        beaten="was withdrawn",
    ),
    AdjustmentState.EXPIRED: StateWords(
        sign=":white_circle:",
        answer="{number} expired at the order's payment deadline. The price was not changed.",
        step="Expired at the order's payment deadline",
        headline="Price adjustment {number} expired",
        line="Expired {at}: the order's payment deadline passed before it was decided",
        next_step="The price was not changed.",
        beaten="expired at the order's payment deadline",
    ),
    AdjustmentState.STALE: StateWords(
        sign=":red_circle:",
        answer="{number} is stale: the order was no longer as it was judged. The price was not changed, and the "
        "requester is told.",
        step="Stale: the order had changed, nothing was applied",
        headline="Price adjustment {number} was not applied: the order had changed",
        line="Stale, {at}: the order had changed since it was judged. Nothing was changed",
        next_step="To try again, look at the order as it is now and adjust its price again.",
        beaten="was found stale on its approval",
    ),
}

STEPS: Mapping[Step, str] = {
    Step.SUBMITTED: "Submitted",
    Step.APPROVED: "Approved",
    Step.REMINDED: "Reminded",
    Step.OVERRIDDEN: "Overridden: the order came from its source with other figures",
    **{Step(outcome.value): STATES[outcome].step for outcome in OUTCOMES},
}
"""What happened, in the list of it."""
