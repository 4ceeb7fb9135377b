"""Elements as plain text: their options, what is chosen, their names.

Pure functions from Block Kit's JSON to what the widgets take.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sandbox.page import rich
from sandbox.page.mrkdwn import Reader
from sandbox.page.widgets import Choice, Group
from sandbox.values import Json

Ids = Sequence[tuple[str, str]]
"""Ids with their names, for the selects of people and conversations."""
_WORDS: Final = {
    "datepicker": "Date",
    "timepicker": "Time",
    "overflow": "More actions",
    "users_select": "Choose a person",
    "multi_users_select": "Choose people",
}


def choice(option: Json) -> Choice:
    """One option as plain text."""
    return Choice(
        key=str(option.get("value", rich.words(option["text"]))),
        text=rich.words(option["text"]),
        description=rich.words(option.get("description")),
        url=str(option.get("url", "")),
    )


def rich_choice(option: Json, reader: Reader) -> Choice:
    """One option whose text may be mrkdwn, as safe HTML."""
    made = choice(option)
    made["text"] = rich.text_to_html(option["text"], reader)
    made["description"] = rich.text_to_html(option.get("description"), reader)
    return made


def groups(holder: Mapping[str, Any]) -> list[Group]:
    """The option groups of an element or of a suggestion, or its options as one group without a heading."""
    if holder.get("option_groups"):
        return [
            Group(label=rich.words(group["label"]), options=[choice(option) for option in group["options"]])
            for group in holder["option_groups"]
        ]
    return [Group(label="", options=[choice(option) for option in holder.get("options") or ()])]


def of_ids(ids: Ids) -> list[Group]:
    """People or conversations as one group."""
    return [Group(label="", options=[Choice(key=key, text=name, description="", url="") for key, name in ids])]


def picked(state: Json | None, names: Callable[[str], str]) -> list[Choice]:
    """The choices in an element's state (`selected_option`, `selected_users` …)."""
    for key, value in (state or {}).items():
        if not key.startswith("selected_") or value is None:
            continue
        values = value if isinstance(value, list) else [value]
        return [
            choice(dict(one))
            if isinstance(one, Mapping)
            else Choice(key=str(one), text=names(str(one)), description="", url="")
            for one in values
        ]
    return []


def typed(state: Json | None) -> str:
    """The value in the state of a text, number, date or time element, or "" if there is none."""
    for key in ("value", "selected_date", "selected_time"):
        value = (state or {}).get(key)
        if value is not None:
            return str(value)
    return ""


def called(spec: Json, label: str = "") -> str:
    """The name of a control without a visible label: its placeholder, or its kind."""
    placeholder = rich.words(spec.get("placeholder"))
    return str(spec.get("accessibility_label") or label or placeholder or _WORDS.get(str(spec["type"]), "Choose"))
