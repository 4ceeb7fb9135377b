"""People on screens: by the name they had, or as a mention. Pure."""

from __future__ import annotations

import re

from handlers.kit.blocks import shown
from store.domain.people import Person

_SLACK_ID = re.compile(r"[UW][A-Z0-9]{2,20}")


def named(person: Person) -> str:
    """The person by their name at that time."""
    return shown(person.name, 80)


def mentioned(person: Person) -> str:
    """The person as a mention, which Slack shows with their present name."""
    return f"<@{person.slack_user_id}>" if _SLACK_ID.fullmatch(person.slack_user_id) else named(person)
