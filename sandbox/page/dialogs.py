"""What opens over the page: a person's modals, of which the top one is shown, and confirmation dialogs.

`blocks.py` draws the content of a modal; the window acts on its buttons.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from nicegui.element import Element

from sandbox.page import rich, shown
from sandbox.page.blocks import Blocks
from sandbox.page.frame import Part, Parts, Redraw, markup, put_text, set_attributes, tag
from sandbox.page.surface import Screen, Surface
from sandbox.page.widgets import Dialog
from sandbox.values import Json, User, View


class ModalScreen(Screen, Protocol):
    """What modals need of their window."""

    bot: User

    async def close(self, view: View, *, whole_stack: bool) -> None:
        """Close a modal."""

    def in_step(self) -> bool:
        """Whether the picture being drawn was taken after all of the person's input."""


class _Modal:
    """One modal of the stack. It stays on the page while others cover it, so that it reappears unchanged."""

    def __init__(self, screen: ModalScreen, view: View, *, stacked: bool) -> None:
        self._screen, self._view = screen, view
        self.surface = Surface(screen, view, view.values)
        self._box = tag("div", "view")
        with self._box:
            with tag("div", "view-head"):
                self._back = tag("button", "icon-button", "‹", type="button", aria_label="Back")
                self._back.on("click", lambda: self._leave(whole_stack=False), args=[])
                icon = tag("div", "view-app", aria_hidden="true")
                with icon:
                    tag(
                        "span",
                        "avatar tiny",
                        shown.initials(screen.bot.real_name),
                        style=f"background:{shown.colour(screen.bot.name)}",
                    )
                self._title = tag("h1", "view-title")
                close = tag("button", "icon-button", "×", type="button", aria_label="Close")
                close.on("click", lambda: self._leave(whole_stack=True), args=[])
            self._trouble = tag("div", "trouble", "", role="alert")
            # The first field of a form gets the focus; in a modal without fields, the text, which scrolls by keyboard.
            has_input = any(block["type"] == "input" for block in view.blocks)
            self._body = tag("div", "view-body", tabindex="-1", autofocus=None if has_input else True)
            with self._body:
                content = tag("div", "blocks")
            self._blocks = Blocks(content, self.surface, focus=True)
            self._foot = tag("div", "view-foot")
            with self._foot:
                self._cancel = tag("button", "button large", "", type="button")
                self._cancel.on("click", lambda: self._leave(whole_stack=False), args=[])
                self._submit = tag("button", "button primary large", "", type="button")
                self._submit.on("click", self.surface.submit, args=[])
        self._back.set_visibility(stacked)
        self._box.props["id"] = self._box.html_id
        self.redraw(view)

    def redraw(self, view: View) -> bool:
        newly_wrong = [block_id for block_id in view.errors if block_id not in self._view.errors]
        self._view = view
        self.surface.container, self.surface.values = view, view.values
        put_text(self._title, rich.words(view.title))
        put_text(self._trouble, view.trouble or "")
        self._trouble.set_visibility(bool(view.trouble))
        has_input = any(block["type"] == "input" for block in view.blocks)
        put_text(self._submit, rich.words(view.submit) or "Submit")
        self._submit.set_visibility(view.submit is not None)
        put_text(self._cancel, rich.words(view.close) or ("Cancel" if has_input else "Close"))
        self._foot.set_visibility(view.submit is not None or view.close is not None)
        self._blocks.show(view.blocks, view.errors)
        if self._screen.in_step():
            self._blocks.sync()
        if newly_wrong:
            self._blocks.focus(newly_wrong[0])
        return True

    def stand(self, *, on_top: bool, busy: bool) -> None:
        """Show or hide it, and its submit button as waiting or ready."""
        set_attributes(self._box, hidden=None if on_top else True)
        set_attributes(self._submit, disabled=True if busy else None, aria_busy="true" if busy else None)

    @property
    def title_id(self) -> str:
        """The id of its heading, which names the dialog."""
        return self._title.html_id

    async def _leave(self, *, whole_stack: bool) -> None:
        await self._screen.close(self._view, whole_stack=whole_stack)


class Modals:
    """The person's stack of modals in `box`: one dialog, which exists while the stack is not empty."""

    def __init__(self, box: Element, screen: ModalScreen) -> None:
        self._box, self._screen = box, screen
        self._dialog: Dialog | None = None
        self._parts: Parts | None = None
        self._modals: dict[str, _Modal] = {}
        # Two presses of Escape in a row must close two modals, not one of them twice.
        self._leaving = asyncio.Lock()

    def show(self, views: Sequence[View], busy: frozenset[str]) -> None:
        """Show this stack, the last on top; `busy` are the ids of modals whose form is being sent."""
        if not views:
            if self._dialog is not None:
                self._dialog.delete()
            self._dialog = self._parts = None
            self._modals = {}
            return
        if self._dialog is None or self._parts is None:
            with self._box:
                self._dialog = Dialog(self._escape)
                with self._dialog:
                    self._parts = Parts(tag("div", "keep"))
        self._modals = {view.id: self._modals[view.id] for view in views if view.id in self._modals}
        self._parts.show([self._part(view, stacked=index > 0) for index, view in enumerate(views)])
        top = views[-1].id
        for view_id, modal in self._modals.items():
            modal.stand(on_top=view_id == top, busy=view_id in busy)
        set_attributes(self._dialog, aria_labelledby=self._modals[top].title_id)

    def surface(self, view_id: str) -> Surface | None:
        """The surface of an open modal."""
        modal = self._modals.get(view_id)
        return modal.surface if modal else None

    def _part(self, view: View, *, stacked: bool) -> Part:
        def draw(value: View) -> Redraw:
            modal = self._modals[value.id] = _Modal(self._screen, value, stacked=stacked)
            return modal.redraw

        return Part(view.id, view, draw)

    async def _escape(self) -> None:
        async with self._leaving:
            stack = self._screen.person.modals()
            if stack:
                await self._screen.close(stack[-1], whole_stack=False)


def ask(box: Element, question: Json, screen: Screen, answer: Callable[[bool], Awaitable[None] | None]) -> Dialog:
    """Open a confirmation dialog (Block Kit's confirm object) in `box`; `answer` gets the decision (Escape: False)."""
    with box:
        dialog = Dialog(lambda: answer(False))
    with dialog, tag("div", "confirm"):
        title = tag("h1", "view-title", rich.words(question["title"]))
        markup(rich.text_to_html(question["text"], screen.reader), "confirm-text")
        with tag("div", "actions", style="justify-content:flex-end"):
            no = tag("button", "button large", rich.words(question["deny"]), type="button")
            no.on("click", lambda: answer(False), args=[])
            style = "danger" if question.get("style") == "danger" else "primary"
            yes = tag(
                "button", f"button large solid {style}", rich.words(question["confirm"]), type="button", autofocus=True
            )
            yes.on("click", lambda: answer(True), args=[])
    set_attributes(dialog, role="alertdialog", aria_labelledby=title.html_id)
    return dialog
