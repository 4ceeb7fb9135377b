"""The page's own controls: Vue components in `parts/`, each with its state in the browser.

The browser shows at once what a person types or picks, tells the page by an event, and keeps it when the page around it
is redrawn. The components know nothing of Slack; `controls.py` gives them their meaning.
"""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, TypedDict

from nicegui.element import Element

PARTS: Final = Path(__file__).parent / "parts"
Answer = Awaitable[None] | None


class Choice(TypedDict):
    """One thing to choose; `key` tells it from the others."""

    key: str
    text: str
    description: str
    url: str


class Group(TypedDict):
    """Choices under one heading; a heading of "" is not shown."""

    label: str
    options: list[Choice]


class Field(Element, component=PARTS / "sandbox_field.js"):
    """A field to type in. `kind` is text, multiline, number, date, time, email or url."""

    def __init__(
        self, kind: str, initial: str, typed: Callable[[str], Answer], entered: Callable[[bool], Answer]
    ) -> None:
        super().__init__()
        self.props["kind"] = kind
        self.props["initial"] = initial
        self.on("typed", lambda event: typed(str(event.args or "")))
        self.on("entered", lambda event: entered(bool(event.args[1])))

    def put(self, value: str) -> None:
        """Show another value."""
        self.run_method("set", value)


class Picker(Element, component=PARTS / "sandbox_picker.js", dependencies=[PARTS / "sandbox_popup.js"]):
    """A select: one choice or several, from given groups or from groups looked up while the person types."""

    def __init__(
        self,
        initial: Sequence[Choice],
        chosen: Callable[[list[str]], Answer],
        asked: Callable[[str, int], Answer] | None = None,
        *,
        multi: bool = False,
    ) -> None:
        super().__init__()
        self.props["initial"] = list(initial)
        self.props["multi"] = multi
        self.props["external"] = asked is not None
        self.on("chosen", lambda event: chosen([str(key) for key in event.args]))
        if asked is not None:
            self.on("asked", lambda event: asked(str(event.args[0]), int(event.args[1])))

    def results(self, number: int, groups: Sequence[Group], trouble: str = "") -> None:
        """Answer the query with this number."""
        self.run_method("results", number, list(groups), trouble)

    def put(self, choices: Sequence[Choice]) -> None:
        """Show other choices as chosen."""
        self.run_method("set", list(choices))


class Choices(Element, component=PARTS / "sandbox_choices.js"):
    """Radio buttons (`single`) or checkboxes. The choices' text and description are HTML that is already safe."""

    def __init__(
        self, options: Sequence[Choice], initial: Sequence[str], chosen: Callable[[list[str]], Answer], *, single: bool
    ) -> None:
        super().__init__()
        self.props["options"] = list(options)
        self.props["initial"] = list(initial)
        self.props["single"] = single
        self.on("chosen", lambda event: chosen([str(key) for key in event.args]))

    def put(self, keys: Sequence[str]) -> None:
        """Tick other options."""
        self.run_method("set", list(keys))


class Menu(Element, component=PARTS / "sandbox_menu.js", dependencies=[PARTS / "sandbox_popup.js"]):
    """A button with three dots that opens a short menu."""

    def __init__(self, options: Sequence[Choice], picked: Callable[[str], Answer]) -> None:
        super().__init__()
        self.props["options"] = list(options)
        self.on("picked", lambda event: picked(str(event.args)))


class Composer(Element, component=PARTS / "sandbox_composer.js", dependencies=[PARTS / "sandbox_popup.js"]):
    """The box in which a message is written; `commands` are names and hints, listed after a slash."""

    def __init__(self, commands: Sequence[tuple[str, str]], sent: Callable[[str], Answer]) -> None:
        super().__init__()
        self.props["commands"] = [{"name": name, "hint": hint} for name, hint in commands]
        self.on("sent", lambda event: sent(str(event.args)))


class Dialog(Element, component=PARTS / "sandbox_dialog.js"):
    """A modal dialog over the page; Escape asks to close it."""

    def __init__(self, left: Callable[[], Answer]) -> None:
        super().__init__()
        self.on("left", lambda _event: left())
