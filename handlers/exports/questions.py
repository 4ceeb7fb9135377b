"""The question that Slack asks before an export is cancelled. Pure; plain text, since marks have no effect there."""

from __future__ import annotations

from slack_sdk.models.blocks import ConfirmObject

from handlers.kit.blocks import question
from store.domain.exports.export import Export, Scope


def cancel_question(export: Export) -> ConfirmObject:
    """Which orders, and whose export."""
    what = "All orders" if export.scope is Scope.ALL else export.criteria_text or "All orders"
    lines = [what, f"Asked for by {export.requester.name[:80]}", "No file is made. You can export the orders again."]
    return question(f"Cancel {export.number}?", lines, "Cancel the export", "Keep it running", danger=True)
