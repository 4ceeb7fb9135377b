"""Plain HTML elements in NiceGUI, and lists of parts that are redrawn only if they changed.

Knows nothing of Slack. Each part has a key: while its value stays the same, nothing of it is sent to the browser; if it
can redraw itself in place, the focus and typed input stay.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.element import Element

from sandbox.values import Wire

Redraw = Callable[[Any], bool]
"""Draws a part's new value in place; False if it cannot, and the whole part must be drawn again."""


@dataclass(frozen=True, slots=True)
class Part:
    """One child of a `Parts` list. `draw` fills the current slot and may return a function that redraws it in place."""

    key: str
    value: Any
    draw: Callable[[Any], Redraw | None]


@dataclass(slots=True)
class _Drawn:
    box: Element
    value: Any
    redraw: Redraw | None


class Parts:
    """The children of one element, kept by key across redraws."""

    def __init__(self, box: Element) -> None:
        self._box = box
        self._drawn: dict[str, _Drawn] = {}

    def show(self, parts: Sequence[Part]) -> None:
        """Make these the children, in this order. Keys are unique."""
        wanted = {part.key for part in parts}
        for key in [key for key in self._drawn if key not in wanted]:
            self._drawn.pop(key).box.delete()
        for index, part in enumerate(parts):
            drawn = self._drawn.get(part.key)
            if drawn is None:
                drawn = self._drawn[part.key] = self._draw(part)
            elif drawn.value != part.value:
                self._redraw(drawn, part)
            if self._box.default_slot.children[index] is not drawn.box:
                drawn.box.move(self._box, index)

    def _draw(self, part: Part) -> _Drawn:
        with self._box:
            box = tag("div", "keep")
        with box:
            redraw = part.draw(part.value)
        return _Drawn(box, part.value, redraw)

    def _redraw(self, drawn: _Drawn, part: Part) -> None:
        drawn.value = part.value
        if drawn.redraw is not None and drawn.redraw(part.value):
            return
        drawn.box.clear()
        with drawn.box:
            drawn.redraw = part.draw(part.value)


def tag(name: str, classes: str = "", text: str | None = None, **attributes: Wire) -> Element:
    """An HTML element in the current slot. Attribute names take `_` for `-`; None leaves one out."""
    element = ui.element(name)
    if classes:
        element.classes(classes)
    if text is not None:
        put_text(element, text)
    set_attributes(element, **attributes)
    return element


def put_text(element: Element, text: str) -> None:
    """Set an element's own text; the browser takes it as text, never as HTML."""
    # NiceGUI has a method for text only on its own kinds of elements, not on a plain tag.
    if element._text != text:  # noqa: SLF001
        element._text = text  # noqa: SLF001
        element.update()


def set_attributes(element: Element, **attributes: Wire) -> None:
    """Set or (with None) remove attributes; nothing is sent if none of them changes."""
    for name, value in attributes.items():
        key = name.strip("_").replace("_", "-")
        if value is None:
            if key in element.props:
                del element.props[key]
        elif element.props.get(key) != value:
            element.props[key] = value


def markup(html: str, classes: str = "", name: str = "div") -> ui.html:
    """An element with HTML that is already safe (all of it comes from `mrkdwn` and `rich`)."""
    element = ui.html(html, sanitize=False, tag=name)
    if classes:
        element.classes(classes)
    return element
