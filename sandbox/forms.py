"""The checks that Slack's client makes before it sends a form: required, length, number, address."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox import state
from sandbox.values import Json, View, Wire

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://[^\s/]+\S*")


def complaints(view: View) -> dict[str, str]:
    """Block id -> the sentence that the client shows at the block; empty if the form can be sent."""
    found: dict[str, str] = {}
    for place in state.places(view.blocks):
        if place.block["type"] != "input" or not place.stateful:
            continue
        block_id = place.block["block_id"]
        value = state.value_of(view.values[block_id][place.element["action_id"]])
        if value is None or value == []:
            if not place.block.get("optional"):
                found[block_id] = "Please complete this required field."
        elif complaint := _about(place.element, value):
            found[block_id] = complaint
    return found


def _about(element: Json, value: Wire) -> str | None:
    match element["type"]:
        case "number_input":
            return _about_number(element, value)
        case "email_text_input" if not _EMAIL.fullmatch(value):
            return "Please enter a valid email address."
        case "url_text_input" if not _URL.fullmatch(value):
            return "Please enter a valid URL."
        case "plain_text_input":
            return _about_length(element, value)
    return None


def _about_length(element: Mapping[str, Any], value: str) -> str | None:
    if len(value) < element.get("min_length", 0):
        return f"Please enter at least {element['min_length']} characters."
    if len(value) > element.get("max_length", 3000):
        return f"Please enter at most {element.get('max_length', 3000)} characters."
    return None


def _about_number(element: Mapping[str, Any], value: str) -> str | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return "Please enter a valid number."
    if not number.is_finite():
        return "Please enter a valid number."
    if not element["is_decimal_allowed"] and number != number.to_integral_value():
        return "Please enter a whole number."
    if "min_value" in element and number < Decimal(element["min_value"]):
        return f"Please enter a number that is {element['min_value']} or more."
    if "max_value" in element and number > Decimal(element["max_value"]):
        return f"Please enter a number that is {element['max_value']} or less."
    return None
