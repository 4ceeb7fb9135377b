"""The states of a price adjustment, and the steps that lead to them."""

from __future__ import annotations

from enum import StrEnum


class AdjustmentState(StrEnum):
    """`pending` becomes one of the others, once."""

    PENDING = "pending"
    APPLIED = "applied"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    """The order's payment deadline passed before enough managers had decided."""
    STALE = "stale"
    """The order had changed since the adjustment was submitted. Nothing was written to it."""

    @property
    def label(self) -> str:
        """Sentence case, as screens show it."""
        return self.value.capitalize()


UNDECIDED = (AdjustmentState.PENDING,)
"""An order has at most one adjustment in these states; deadlines and reminders are for them alone."""
OUTCOMES = tuple(state for state in AdjustmentState if state not in UNDECIDED)


class Step(StrEnum):
    """What happens in an adjustment's life; its steps are its history. Each outcome is a step of the same name."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REMINDED = "reminded"
    APPLIED = "applied"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    STALE = "stale"
    OVERRIDDEN = "overridden"
    """An import brought other amounts or another status for the order: the source wins."""
