"""Controls that people press: buttons and overflow menus. The presses go to the bot through their `Surface`."""

from sandbox.page import options, rich
from sandbox.page.frame import put_text, set_attributes, tag
from sandbox.page.mrkdwn import safe_href
from sandbox.page.surface import Surface, Where
from sandbox.page.widgets import Choice, Menu
from sandbox.values import Json


class Button:
    """A button: pressing it tells the bot, after a confirmation if it asks for one. It spins until the bot answers."""

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
        set_attributes(self.element, aria_label=options.called(spec, label))

    def _choices(self) -> list[Choice]:
        return [options.choice(option) for option in self._spec["options"]]

    def redraw(self, spec: Json) -> bool:
        self._spec = spec
        set_attributes(self.element, options=self._choices(), aria_label=options.called(spec, self._label))
        return True

    def sync(self) -> None:
        """Menus hold no value."""

    async def _picked(self, key: str) -> None:
        if not self._spec.get("confirm") or await self._surface.screen.confirm(self._spec["confirm"]):
            await self._surface.click(self._where, selected_option=key)
