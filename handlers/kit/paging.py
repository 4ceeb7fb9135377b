"""The foot of a page of a list: its position, and the buttons back and on. Pure."""

from __future__ import annotations

from collections.abc import Sized
from typing import Protocol

from slack_sdk.models.blocks import Block

from handlers.kit.blocks import actions, button, section
from handlers.kit.formats import Viewer, count_text, number
from handlers.kit.state import ListPosition, State
from store.domain.orders.criteria import CappedCount
from store.domain.paging import ListPage, Row


class _Page(Protocol):
    @property
    def rows(self) -> Sized: ...
    @property
    def total(self) -> CappedCount: ...
    @property
    def offset(self) -> int: ...


def pager(
    page: _Page, previous: State | None, following: State | None, viewer: Viewer, back: str, on: str
) -> list[Block]:
    """The rows' position among all, and a button back and on where there are more. `back`, `on`: their action ids."""
    first, last = page.offset + 1, page.offset + len(page.rows)
    where = f"{number(first, viewer)}–{number(last, viewer)} of {count_text(page.total, viewer)}"
    blocks: list[Block] = [section(where if page.rows else "No more")]
    buttons = []
    if previous:
        buttons.append(button("‹ Previous", back, previous.dump()))
    if following:
        buttons.append(button("Next ›", on, following.dump()))
    return [*blocks, actions(buttons, "pager")] if buttons else blocks


def list_pager(page: ListPage[Row], viewer: Viewer, back: str, on: str) -> list[Block]:
    """The same for a list of adjustments or exports."""
    previous = ListPosition.of(page.previous) if page.previous else None
    following = ListPosition.of(page.next) if page.next else None
    return pager(page, previous, following, viewer, back, on)
