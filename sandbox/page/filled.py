"""Controls that people fill in: texts, numbers, dates and times, selects, radio buttons and checkboxes.

A control shows at once what the person puts in, and tells its `Surface`. It takes a value from the workspace only if
that differs from what it showed last, so that a picture taken a moment earlier overwrites nothing typed.
"""

from typing import Final

from sandbox import state
from sandbox.page import options, rich
from sandbox.page.frame import set_attributes
from sandbox.page.surface import Surface, Where
from sandbox.page.widgets import Choice, Choices, Field, Group, Picker
from sandbox.values import Json, Wire

FIELDS: Final = {
    "plain_text_input": "text",
    "number_input": "number",
    "email_text_input": "email",
    "url_text_input": "url",
    "datepicker": "date",
    "timepicker": "time",
}


class _Holder:
    """What controls with a value share: the value they showed last, and how a new one is set."""

    def __init__(self, spec: Json, surface: Surface, where: Where) -> None:
        self.spec, self.surface, self.where = spec, surface, where
        self.shown: Wire = self._held()

    def _held(self) -> Wire:
        """The value in the workspace, in the form this control compares."""
        raise NotImplementedError

    def _put(self) -> None:
        """Show the workspace's value in the widget."""
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
        kind = "multiline" if spec.get("multiline") else FIELDS[spec["type"]]
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
            aria_label=None if label else options.called(spec),
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
    """Every select, of one or several options."""

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
            aria_label=None if self._label else options.called(spec),
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
            fitting = [one for one in screen.conversations() if state.may_pick(self.spec, one)]
            return options.of_ids([(one.id, f"#{one.name}") for one in fitting])
        return options.groups(self.spec)

    def _name(self, identity: str) -> str:
        known = {user.id: user.real_name for user in self.surface.screen.people()}
        known |= {one.id: f"#{one.name}" for one in self.surface.screen.conversations()}
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
        set_attributes(self.element, autofocus=focus or None, aria_label=None if label else options.called(spec))

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
