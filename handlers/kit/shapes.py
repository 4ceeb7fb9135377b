"""Parts of a payload, of the types that Slack sends: anything else is not a payload of Slack's. Pure.

A signature proves who sent a payload, and says nothing about its form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LONGEST_ID = 64
"""Characters. Slack's ids of people, workspaces and channels have about a dozen."""
_CHOSEN = ("selected_date", "selected_user", "selected_conversation")


class OddPayload(ValueError):
    """A payload of a form that Slack does not send. It does not repeat the payload, which may be personal."""


def part(value: object) -> Mapping[str, Any]:
    """An object; empty if missing. Raises OddPayload."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    raise OddPayload("an object of another type")


def parts(value: object) -> list[Mapping[str, Any]]:
    """A list of objects; empty if missing. Raises OddPayload."""
    if value is None:
        return []
    if isinstance(value, list):
        return [part(each) for each in value]
    raise OddPayload("a list of another type")


def word(value: object) -> str:
    """A text that can be written; empty if missing. Raises OddPayload.

    Half a surrogate pair, which JSON can carry, becomes a question mark.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    raise OddPayload("a text of another type")


def id_of(value: object) -> str:
    """Slack's id of a person, a workspace or a channel; empty if missing. Raises OddPayload."""
    text = word(value)
    if len(text) > _LONGEST_ID or not all("!" <= sign <= "~" for sign in text):
        raise OddPayload("an id of another make")
    return text


def figure(value: object) -> str:
    """A text, or a number as text: what a person may have typed. Raises OddPayload."""
    return str(value) if isinstance(value, int | float) else word(value)


def state_values(value: object) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Slack's `state.values`, with the elements that the bot reads: block id, action id, element. Raises OddPayload."""
    return {
        word(block): {word(action): element(state) for action, state in part(elements).items()}
        for block, elements in part(value).items()
    }


def element(value: object) -> Mapping[str, Any]:
    """The parts that the bot reads of an interactive element, as used or as shown. Raises OddPayload."""
    given = part(value)
    read: dict[str, Any] = {name: word(given[name]) for name in ("type", *_CHOSEN) if given.get(name) is not None}
    if given.get("value") is not None:
        read["value"] = figure(given["value"])
    if given.get("selected_option") is not None:
        read["selected_option"] = _option(given["selected_option"])
    if given.get("selected_options") is not None:
        read["selected_options"] = [_option(each) for each in parts(given["selected_options"])]
    return read


def _option(value: object) -> dict[str, str]:
    return {"value": figure(part(value).get("value"))}
