"""Block Kit's interactive elements as controls that people see, reach by keyboard and hear named.

A control lives on while its element keeps action_id and type: then only what is said around it changes, and what was
typed stays. What it is used for goes out through its `Surface`.
"""

from typing import Final, Protocol

from nicegui.element import Element

from bot.sandbox.page import options, rich
from bot.sandbox.page.frame import put_text, set_attributes, tag
from bot.sandbox.page.mrkdwn import safe_href
from bot.sandbox.page.surface import Surface, Where
from bot.sandbox.page.widgets import Choice, Choices, Field, Group, Menu, Picker
from bot.sandbox.values import Json, Wire

_FIELDS: Final = {
    "plain_text_input": "text",
    "number_input": "number",
    "email_text_input": "email",
    "url_text_input": "url",
    "datepicker": "date",
    "timepicker": "time",
}
_WORDS: Final = {
    "datepicker": "Date",
    "timepicker": "Time",
    "overflow": "More actions",
    "users_select": "Choose a person",
    "multi_users_select": "Choose people",
}


class Control(Protocol):
    """What every control can do."""

    @property
    def element(self) -> Element:
        """What stands on the page, to be named and described."""

    def redraw(self, spec: Json) -> bool:
        """Take the element's new JSON in place; False when that is not possible."""

    def sync(self) -> None:
        """Show the value that the workspace has, where it is not what this control showed last."""


def label_words(spec: Json, label: str = "") -> str:
    """What a control is called where no visible label names it: its placeholder, or its kind."""
    placeholder = rich.words(spec.get("placeholder"))
    return str(spec.get("accessibility_label") or label or placeholder or _WORDS.get(str(spec["type"]), "Choose"))


class Button:
    """A button: pressing it tells the bot, after a confirmation where it asks for one. It turns until the bot knows."""

    def __init__(self, spec: Json, surface: Surface, where: Where) -> None:
        self._spec, self._surface, self._where = spec, surface, where
        self._busy = False
        href = safe_href(str(spec.get("url", ""))) if spec.get("url") else None
        self.element = tag("a" if href else "button", "button")
        if href:
            set_attributes(self.element, href=href, target="_blank", rel="noopener noreferrer", role="link")
        else:
            set_attributes(self.element, type="button")
        self.element.on("click", self._pressed, args=[])
        self._draw()

    def _draw(self) -> None:
        style = str(self._spec.get("style") or "")
        self.element.classes(replace=f"button {style}".strip())
        put_text(self.element, rich.words(self._spec["text"]))
        set_attributes(self.element, aria_label=self._spec.get("accessibility_label"))

    def redraw(self, spec: Json) -> bool:
        if bool(spec.get("url")) or bool(self._spec.get("url")):
            return False
        self._spec = spec
        self._draw()
        return True

    def sync(self) -> None:
        """Buttons hold no value."""

    async def _pressed(self) -> None:
        if self._busy:
            return
        if self._spec.get("confirm") and not await self._surface.screen.confirm(self._spec["confirm"]):
            return
        self._set_busy(busy=True)
        try:
            value = {"value": self._spec["value"]} if "value" in self._spec else {}
            await self._surface.click(self._where, **value)
        finally:
            self._set_busy(busy=False)

    def _set_busy(self, *, busy: bool) -> None:
        self._busy = busy
        if not self.element.is_deleted:
            word = "true" if busy else None
            set_attributes(self.element, aria_busy=word, aria_disabled=word)


class Overflow:
    """An overflow menu."""

    def __init__(self, spec: Json, surface: Surface, where: Where, label: str) -> None:
        self._spec, self._surface, self._where, self._label = spec, surface, where, label
        self.element: Menu = Menu(self._choices(), self._picked)
        set_attributes(self.element, aria_label=label_words(spec, label))

    def _choices(self) -> list[Choice]:
        return [options.choice(option) for option in self._spec["options"]]

    def redraw(self, spec: Json) -> bool:
        self._spec = spec
        set_attributes(self.element, options=self._choices(), aria_label=label_words(spec, self._label))
        return True

    def sync(self) -> None:
        """Menus hold no value."""

    async def _picked(self, key: str) -> None:
        if not self._spec.get("confirm") or await self._surface.screen.confirm(self._spec["confirm"]):
            await self._surface.click(self._where, selected_option=key)


class _Holder:
    """What the controls with a value have in common: what they showed last, and how a new value is put in."""

    def __init__(self, spec: Json, surface: Surface, where: Where) -> None:
        self.spec, self.surface, self.where = spec, surface, where
        self.shown: Wire = self._held()

    def _held(self) -> Wire:
        """The value in the workspace, in the form this control compares."""
        raise NotImplementedError

    def _put(self) -> None:
        """Make the widget show the value in the workspace."""
        raise NotImplementedError

    async def _changed(self, shown: Wire, value: Wire) -> None:
        before, self.shown = self.shown, shown
        if self.spec.get("confirm") and not await self.surface.screen.confirm(self.spec["confirm"]):
            self.shown = before
            self._put()
            return
        await self.surface.fill(self.where, value)

    def sync(self) -> None:
        held = self._held()
        if held != self.shown and not self.surface.pending(self.where):
            self.shown = held
            self._put()


class TextControl(_Holder):
    """Texts, numbers, dates and times."""

    def __init__(
        self, spec: Json, surface: Surface, where: Where, *, label: str, focus: bool, dispatches: bool
    ) -> None:
        super().__init__(spec, surface, where)
        self._dispatches = dispatches
        kind = "multiline" if spec.get("multiline") else _FIELDS[spec["type"]]
        self.element: Field = Field(kind, self.shown, self._typed, self._entered)
        set_attributes(self.element, autofocus=focus or None)
        self._draw(label)

    def _draw(self, label: str) -> None:
        spec = self.spec
        limit = spec.get("max_length", 3000 if spec["type"] == "plain_text_input" else None)
        set_attributes(
            self.element,
            placeholder=rich.words(spec.get("placeholder")) or None,
            maxlength=limit,
            aria_label=None if label else label_words(spec),
        )
        self._label = label

    def _held(self) -> str:
        return options.typed(self.surface.state(self.where))

    def _put(self) -> None:
        self.element.put(self.shown)

    def redraw(self, spec: Json) -> bool:
        if bool(spec.get("multiline")) != bool(self.spec.get("multiline")):
            return False
        self.spec = spec
        self._draw(self._label)
        return True

    async def _typed(self, value: str) -> None:
        await self._changed(value, value or None)

    async def _entered(self, forced: bool) -> None:
        when = self.spec.get("dispatch_action_config", {}).get("trigger_actions_on", ["on_enter_pressed"])
        if self._dispatches and "on_enter_pressed" in when and not forced:
            await self.surface.press_enter(self.where)
        else:
            await self.surface.submit()


class PickerControl(_Holder):
    """Every select, of one or several."""

    def __init__(self, spec: Json, surface: Surface, where: Where, *, label: str, focus: bool) -> None:
        super().__init__(spec, surface, where)
        self._multi = str(spec["type"]).startswith("multi_")
        external = str(spec["type"]).endswith("external_select")
        self.element: Picker = Picker(self._picks(), self._chosen, self._asked if external else None, multi=self._multi)
        set_attributes(self.element, autofocus=focus or None)
        self._external = external
        self._label = label
        self._draw()

    def _draw(self) -> None:
        spec = self.spec
        set_attributes(
            self.element,
            placeholder=rich.words(spec.get("placeholder")) or "Select an item",
            aria_label=None if self._label else label_words(spec),
            most=spec.get("max_selected_items"),
            fewest=int(spec.get("min_query_length", 3)) if self._external else 0,
            groups=[] if self._external else self._groups(),
        )

    def _groups(self) -> list[Group]:
        kind = str(self.spec["type"]).removeprefix("multi_")
        screen = self.surface.screen
        if kind == "users_select":
            return options.of_ids([(user.id, user.real_name) for user in screen.people()])
        if kind in {"conversations_select", "channels_select"}:
            return options.of_ids(screen.conversations())
        return options.groups(self.spec)

    def _name(self, identity: str) -> str:
        known = {user.id: user.real_name for user in self.surface.screen.people()}
        known |= dict(self.surface.screen.conversations())
        return known.get(identity, identity)

    def _picks(self) -> list[Choice]:
        return options.picked(self.surface.state(self.where), self._name)

    def _held(self) -> list[str]:
        return [pick["key"] for pick in self._picks()]

    def _put(self) -> None:
        self.element.put(self._picks())

    def redraw(self, spec: Json) -> bool:
        self.spec = spec
        self._draw()
        return True

    async def _chosen(self, keys: list[str]) -> None:
        await self._changed(keys, keys if self._multi else keys[0])

    async def _asked(self, query: str, number: int) -> None:
        suggested = await self.surface.suggest(self.where, query)
        if self.element.is_deleted:
            return
        if suggested is None or not suggested.delivered.ok:
            self.element.results(number, [], "The options could not be loaded. Try again.")
        else:
            found = {"options": list(suggested.options), "option_groups": list(suggested.groups)}
            self.element.results(number, options.groups(found))


class ChoicesControl(_Holder):
    """Radio buttons and checkboxes."""

    def __init__(self, spec: Json, surface: Surface, where: Where, *, label: str, focus: bool) -> None:
        super().__init__(spec, surface, where)
        self._single = spec["type"] == "radio_buttons"
        self.element: Choices = Choices(self._choices(), self.shown, self._chosen, single=self._single)
        set_attributes(self.element, autofocus=focus or None, aria_label=None if label else label_words(spec))

    def _choices(self) -> list[Choice]:
        return [options.rich_choice(option, self.surface.screen.reader) for option in self.spec["options"]]

    def _held(self) -> list[str]:
        return [pick["key"] for pick in options.picked(self.surface.state(self.where), str)]

    def _put(self) -> None:
        self.element.put(self.shown)

    def redraw(self, spec: Json) -> bool:
        self.spec = spec
        set_attributes(self.element, options=self._choices())
        return True

    async def _chosen(self, keys: list[str]) -> None:
        await self._changed(keys, (keys[0] if keys else None) if self._single else keys)


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
    if kind in _FIELDS:
        return TextControl(spec, surface, where, label=label, focus=focus, dispatches=dispatches)
    if kind.endswith("_select"):
        return PickerControl(spec, surface, where, label=label, focus=focus)
    if kind in {"radio_buttons", "checkboxes"}:
        return ChoicesControl(spec, surface, where, label=label, focus=focus)
    return None
