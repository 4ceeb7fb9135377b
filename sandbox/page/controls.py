"""Block Kit's interactive elements as controls that people see, reach by keyboard and hear named.

A control lives on while its element keeps action_id and type: then only what is said around it changes, and what was
typed stays. What it is used for goes out through its `Surface`.
"""

from typing import Protocol

from nicegui.element import Element

from sandbox.page.filled import FIELDS, ChoicesControl, PickerControl, TextControl
from sandbox.page.pressed import Button, Overflow
from sandbox.page.surface import Surface
from sandbox.values import Json


class Control(Protocol):
    """What every control can do."""

    @property
    def element(self) -> Element:
        """What stands on the page, to be named and described."""

    def redraw(self, spec: Json) -> bool:
        """Take the element's new JSON in place; False when that is not possible."""

    def sync(self) -> None:
        """Show the value that the workspace has, where it is not what this control showed last."""


def make(
    spec: Json, surface: Surface, block_id: str, *, label: str = "", focus: bool = False, dispatches: bool = False
) -> Control | None:
    """The control for an element, drawn into the current slot; None for a kind that this page does not know.

    `label` is the visible label's text where there is one, `focus` whether it takes the focus when its modal opens,
    `dispatches` whether its input block tells the bot of each change.
    """
    where = (block_id, str(spec.get("action_id", "")))
    kind = str(spec["type"])
    if kind in {"button", "workflow_button"}:
        return Button(spec, surface, where)
    if kind == "overflow":
        return Overflow(spec, surface, where, label)
    if kind in FIELDS:
        return TextControl(spec, surface, where, label=label, focus=focus, dispatches=dispatches)
    if kind.endswith("_select"):
        return PickerControl(spec, surface, where, label=label, focus=focus)
    if kind in {"radio_buttons", "checkboxes"}:
        return ChoicesControl(spec, surface, where, label=label, focus=focus)
    return None
