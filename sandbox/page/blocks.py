"""The blocks of a surface: drawn once, then redrawn only if they change; controls stay while their ids are the same.

Knows Block Kit and the controls. Where the surface is (message, modal, Home) is up to its owner.
"""

import html
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from nicegui.element import Element

from sandbox.page import controls, rich
from sandbox.page.frame import Part, Parts, Redraw, markup, set_attributes, tag
from sandbox.page.mrkdwn import Reader
from sandbox.page.surface import Surface
from sandbox.values import Json

Shown = Callable[[Json, Reader], str]

_SHOWN: Final[Mapping[str, Shown]] = {
    "header": rich.header,
    "context": rich.context,
    "image": rich.image_block,
    "rich_text": rich.rich_text,
    "table": rich.table,
    "markdown": rich.markdown,
    "divider": lambda _block, _reader: '<hr class="divider">',
}


class Blocks:
    """The blocks of one surface inside `box`. `focus` lets its first input take the focus when it is first drawn."""

    def __init__(self, box: Element, surface: Surface, *, focus: bool = False) -> None:
        self._surface = surface
        self._parts = Parts(box)
        self._focus = focus
        self._focused: str | None = None
        self._controls: dict[str, dict[str, controls.Control]] = {}

    def show(self, blocks: Sequence[Json], errors: Mapping[str, str] | None = None) -> None:
        """Show these blocks, and the sentences in `errors` (block id to sentence) under inputs."""
        if self._focus:
            self._focused = _focused(blocks)
        parts = self._make_parts(blocks, errors or {})
        keys = {part.key for part in parts}
        self._controls = {key: kept for key, kept in self._controls.items() if key in keys}
        self._parts.show(parts)
        self._focus, self._focused = False, None

    def sync(self) -> None:
        """Have each control show the value that the workspace has."""
        for group in self._controls.values():
            for control in group.values():
                control.sync()

    def focus(self, block_id: str) -> None:
        """Scroll to an input block and focus it."""
        for control in self._controls.get(f"input {block_id}", {}).values():
            control.element.run_method("focus")

    def _make_parts(self, blocks: Sequence[Json], errors: Mapping[str, str]) -> list[Part]:
        parts: list[Part] = []
        seen: Counter[str] = Counter()
        for sent in blocks:
            block = sent
            kind, block_id = str(block["type"]), str(block.get("block_id", ""))
            # A block that only shows something is known by its index among blocks of its kind: without a block_id it
            # gets a new one at each update. A block with controls is known by its id, as the bot knows it.
            if kind in {"input", "actions", "context_actions"} or "accessory" in block:
                key = f"{kind} {block_id}"
            else:
                seen[kind] += 1
                key = f"{kind} no. {seen[kind]}"
                block = {name: value for name, value in block.items() if name != "block_id"}
            parts.append(self._part(key, block, errors.get(block_id)))
        return parts

    def _part(self, key: str, block: Json, error: str | None) -> Part:
        match block["type"]:
            case "input":
                return Part(key, (block, error), lambda value: self._input(key, *value))
            case "actions" | "context_actions":
                return Part(key, block, lambda value: self._actions(key, value))
            case "section":
                return Part(key, block, lambda value: self._section(key, value))
            case _:
                return Part(key, block, self._plain)

    def _plain(self, block: Json) -> Redraw:
        drawn = markup(self._plain_html(block))

        def redraw(new: Json) -> bool:
            drawn.content = self._plain_html(new)
            return True

        return redraw

    def _plain_html(self, block: Json) -> str:
        kind = str(block["type"])
        shown = _SHOWN.get(kind)
        if shown is None:
            # Slack's clients leave such blocks out; on this page the reader must see that something is missing.
            return f"<em>This page cannot show a block of the type {html.escape(kind)}.</em>"
        return shown(block, self._surface.screen.reader)

    def _section(self, key: str, block: Json) -> Redraw:
        reader = self._surface.screen.reader
        with tag("div", "section"):
            main = markup(rich.section(block, reader), "section-main")
            side = tag("div", "section-side")
        side_parts = Parts(side)
        label = rich.heard(block.get("text"), reader)

        def redraw(new: Json) -> bool:
            main.content = rich.section(new, reader)
            accessory = new.get("accessory")
            side.set_visibility(accessory is not None)
            made = [self._element_part(key, new, accessory, label)] if accessory else []
            self._drop_others(key, made)
            side_parts.show(made)
            return True

        redraw(block)
        return redraw

    def _actions(self, key: str, block: Json) -> Redraw:
        parts = Parts(tag("div", "actions"))

        def redraw(new: Json) -> bool:
            made = [self._element_part(key, new, element, "") for element in new["elements"]]
            self._drop_others(key, made)
            parts.show(made)
            return True

        redraw(block)
        return redraw

    def _element_part(self, key: str, block: Json, element: Json, label: str) -> Part:
        name = f"{element['type']} {element.get('action_id', '')}"
        return Part(name, element, lambda spec: self._element(key, name, block, spec, label))

    def _element(self, key: str, name: str, block: Json, spec: Json, label: str) -> Redraw | None:
        if spec["type"] == "image":
            markup(rich.image(spec), "image-side")
            return None
        # A menu is named by the text beside it, which tells it from other menus; other controls have their own words.
        said = f"More actions: {label[:80]}" if spec["type"] == "overflow" and label else ""
        control = controls.make(spec, self._surface, str(block.get("block_id", "")), label=said)
        if control is None:
            tag("span", "unknown", f"This page cannot show an element of the type {spec['type']}.")
            return None
        self._controls.setdefault(key, {})[name] = control
        return control.redraw

    def _drop_others(self, key: str, parts: Sequence[Part]) -> None:
        names = {part.key for part in parts}
        kept = self._controls.get(key, {})
        self._controls[key] = {name: control for name, control in kept.items() if name in names}

    def _input(self, key: str, block: Json, error: str | None) -> Redraw:
        made = _Input(block, error, self._surface, focus=self._focused == block.get("block_id"))
        if made.control is not None:
            self._controls[key] = {"input": made.control}
        return lambda value: made.redraw(*value)


def _focused(blocks: Sequence[Json]) -> str | None:
    """The input block that gets the focus when its modal opens: the one that asks for it, else the first."""
    inputs = [block for block in blocks if block["type"] == "input"]
    asking = [block for block in inputs if block["element"].get("focus_on_load")]
    return next((str(block.get("block_id")) for block in [*asking, *inputs]), None)


class _Input:
    """One input block: label, control, hint, and the error sentence."""

    def __init__(self, block: Json, error: str | None, surface: Surface, *, focus: bool) -> None:
        self._block, self._surface = block, surface
        reader = surface.screen.reader
        self._box = tag("div", "block-input")
        with self._box:
            self._label = markup("", "input-label", "label")
            self.control = controls.make(
                block["element"],
                surface,
                str(block.get("block_id", "")),
                label=rich.words(block["label"]),
                focus=focus,
                dispatches=bool(block.get("dispatch_action")),
            )
            if self.control is None:
                tag("div", "unknown", f"This page cannot show an element of the type {block['element']['type']}.")
            self._hint = markup("", "hint")
            self._error = tag("div", "error", role="alert")
            with self._error:
                self._words = markup("", name="span")
        self._reader: Reader = reader
        self._link()
        self._draw(error)

    def _link(self) -> None:
        if self.control is None:
            return
        element = self.control.element
        set_attributes(self._label, _for=element.html_id)
        described = f"{self._hint.html_id} {self._error.html_id}"
        set_attributes(element, aria_labelledby=self._label.html_id, aria_describedby=described)

    def _draw(self, error: str | None) -> None:
        block = self._block
        optional = ' <span class="optional">(optional)</span>' if block.get("optional") else ""
        self._label.content = rich.text_to_html(block["label"], self._reader) + optional
        hint = block.get("hint")
        self._hint.content = rich.text_to_html(hint, self._reader)
        self._hint.set_visibility(bool(hint))
        self._words.content = rich.text_to_html(error, self._reader) if error else ""
        self._error.set_visibility(bool(error))
        self._box.classes(replace="block-input wrong" if error else "block-input")
        if self.control is not None:
            set_attributes(
                self.control.element,
                aria_invalid="true" if error else None,
                aria_required=None if block.get("optional") else "true",
            )

    def redraw(self, block: Json, error: str | None) -> bool:
        """Take the block's new JSON; the control stays if its element is the same."""
        old, new = self._block["element"], block["element"]
        same = old["type"] == new["type"] and old.get("action_id") == new.get("action_id")
        if (
            self.control is None
            or not same
            or bool(block.get("dispatch_action")) != bool(self._block.get("dispatch_action"))
        ):
            return False
        if new != old and not self.control.redraw(new):
            return False
        self._block = block
        self._draw(error)
        return True
