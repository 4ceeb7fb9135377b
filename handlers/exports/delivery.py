"""The text with a posted export file, without any customer's name, for any reader. Pure."""

from __future__ import annotations

from handlers.exports.words import SELECTED_DONE, size_text
from handlers.kit.formats import Viewer, orders_text
from handlers.kit.people import mentioned
from store.domain.exports.export import Export, Scope


def file_comment(export: Export, viewer: Viewer) -> str:
    """Its number, its size in orders, and its requester; mrkdwn."""
    facts = [f"*{export.number}*", orders_text(export.orders or 0, viewer)]
    if export.size is not None:
        facts.append(size_text(export.size, viewer))
    lines = [SELECTED_DONE] if export.scope is Scope.SELECTED else []
    lines.append(" · ".join([*facts, f"requested by {mentioned(export.requester)}"]))
    if export.empty:
        lines.append("No order matched: the workbook has only its headers.")
    return "\n".join(lines)


def download_comment(export: Export, viewer: Viewer) -> str:
    """The text with a file that was requested in Export History; mrkdwn."""
    facts = [f"*{export.number}*", orders_text(export.orders or 0, viewer)]
    if export.size is not None:
        facts.append(size_text(export.size, viewer))
    return f"{' · '.join(facts)}, as you asked in Export History."
