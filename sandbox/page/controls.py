"""Block Kit's interactive elements as controls that people see, reach by keyboard and hear by name.

A control stays while its element keeps action_id and type: only the text around it changes, and typed input stays. What
the person does with it goes to the bot through its `Surface`.
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
        """The element on the page, to be named and described."""

    def redraw(self, spec: Json) -> bool:
        """Take the element's new JSON in place; False if that is not possible."""

    def sync(self) -> None:
        """Show the workspace's value, if it is not the one that this control showed last."""


def make(
    spec: Json, surface: Surface, block_id: str, *, label: str = "", focus: bool = False, dispatches: bool = False
) -> Control | None:
    """Draw the control for an element into the current slot; None for a type that this page does not know.

    `label` is the text of the visible label, if there is one; `focus`: whether the control takes the focus when its
    modal opens; `dispatches`: whether its input block tells the bot of each change.
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
