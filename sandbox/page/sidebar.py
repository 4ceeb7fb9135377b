"""Who the person is and where they can go: the bar on top and the list of conversations at the side.

Draws a `Picture`. Choosing a person loads the page again as that person; choosing a conversation is left to the
window.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from urllib.parse import urlencode

from sandbox.page.frame import Part, Parts, Redraw, markup, put_text, set_attributes, tag
from sandbox.page.message import avatar
from sandbox.page.picture import Picture, Unread
from sandbox.values import Channel, User

Go = Callable[[str], Awaitable[None]]
LOCK: Final = (
    '<svg class="lock" viewBox="0 0 20 20" width="15" height="15" aria-hidden="true"><path fill="currentColor" '
    'd="M6 8V6'
    "a4 4 0 0 1 8 0v2h.5A1.5 1.5 0 0 1 16 9.5v6a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 4 15.5v-6A1.5 1.5 0 0 1 5.5 8z"
    'm1.8 0h4.4V6a2.2 2.2 0 0 0-4.4 0z"/></svg>'
)
"""The page's own padlock, because it must look the same on machines whose fonts have none."""


class TopBar:
    """The bar on top: the menu button of small screens, the page's title, and the person at the screen."""

    def __init__(self, note: str, toggle_menu: Callable[[], None]) -> None:
        with tag("header", "topbar"):
            self.menu = tag("button", "menu-button", "☰", type="button", aria_label="Channels", aria_expanded="false")
            self.menu.on("click", toggle_menu, args=[])
            tag("div", "topbar-note", note)
            self._parts = Parts(tag("div", "keep"))

    def show(self, picture: Picture) -> None:
        """Show the person at the screen, and the others to choose from."""
        people = tuple(user for user in picture.users.values() if not user.is_bot)
        channel = picture.channel.id if picture.channel else ""
        self._parts.show([Part("me", (picture.me, people, picture.bot.team_id, channel), _who)])


def _who(value: tuple[User, Sequence[User], str, str]) -> None:
    me, people, team_id, channel = value
    with tag(
        "button",
        "me",
        type="button",
        popovertarget="people",
        aria_label=f"You are {me.real_name}. Switch to another person",
    ):
        avatar(me, "small")
        tag("span", "me-words", me.real_name)
        tag("span", "", "▾", aria_hidden="true")
    with tag("nav", "people", popover="auto", id="people", aria_label="People"):
        tag("div", "people-title", "Switch to another person")
        for user in people:
            _person(user, is_me=user.id == me.id, team_id=team_id, channel=channel)


def _person(user: User, *, is_me: bool, team_id: str, channel: str) -> None:
    facts = [
        user.title,
        "another organisation" if user.team_id != team_id else "",
        "guest" if user.is_restricted or user.is_ultra_restricted else "",
        "deactivated" if user.deleted else "",
    ]
    query = urlencode({"as": user.id, **({"channel": channel} if channel else {})})
    with tag("a", "person", href=f"/?{query}", aria_current="true" if is_me else None):
        avatar(user)
        with tag("span", "person-words"):
            tag("span", "person-name", user.real_name).style("display:block")
            tag("span", "person-title", " · ".join(fact for fact in facts if fact) or f"@{user.name}").style(
                "display:block"
            )


class Sidebar:
    """The conversations, by kind; bold if something is new, with a number if it notifies the person."""

    def __init__(self, name: str, go: Go) -> None:
        self._go = go
        with tag("nav", "sidebar", aria_label="Conversations"):
            tag("div", "workspace", name)
            self._parts = Parts(tag("div", "keep"))

    def show(self, picture: Picture) -> None:
        """Show where the person can go."""
        parts: list[Part] = []
        kinds = (("Channels", {"public", "private"}), ("Apps", {"im"}))
        for title, wanted in kinds:
            found = [channel for channel in picture.channels if channel.kind in wanted and not channel.is_archived]
            found += [
                one for one in picture.channels if one.kind in wanted and one.is_archived and one == picture.channel
            ]
            if found:
                parts.append(Part(f"title {title}", title, _title))
            for channel in sorted(found, key=lambda one: one.name):
                current = picture.channel is not None and picture.channel.id == channel.id
                value = (channel, conversation_name(channel, picture), picture.unread[channel.id], current, picture.bot)
                parts.append(Part(channel.id, value, self._item))
        self._parts.show(parts)

    def _item(self, value: tuple[Channel, str, Unread, bool, User]) -> Redraw:
        channel = value[0]
        button = tag("button", "side-item", type="button")
        button.on("click", lambda: self._go(channel.id), args=[])
        with button:
            sign = tag("span", "sign", aria_hidden="true")
            if channel.kind == "im":
                with sign:
                    avatar(value[4], "tiny")
            elif channel.kind == "private":
                with sign:
                    markup(LOCK, name="span")
            else:
                put_text(sign, "#")
            name = tag("span", "side-name")
            mark = tag("span", "side-mark", "shared", title="Shared with another organisation")
            badge = tag("span", "badge", aria_hidden="true")

        def redraw(new: tuple[Channel, str, Unread, bool, User]) -> bool:
            channel, words, unread, current, _bot = new
            put_text(name, words)
            mark.set_visibility(channel.is_ext_shared)
            put_text(badge, str(unread.calls))
            badge.set_visibility(unread.calls > 0 and not current)
            new_here = unread.messages > 0 and not current
            button.classes(replace="side-item unread" if new_here else "side-item")
            set_attributes(
                button,
                aria_current="page" if current else None,
                aria_label=_said(channel, words, unread, new_here=new_here),
            )
            return True

        redraw(value)
        return redraw


def conversation_name(channel: Channel, picture: Picture) -> str:
    """A channel's name, or for direct messages the other person's."""
    if channel.kind != "im":
        return channel.name
    others = [picture.users[one].real_name for one in channel.members if one != picture.me.id and one in picture.users]
    return ", ".join(others) or "You"


def _said(channel: Channel, words: str, unread: Unread, *, new_here: bool) -> str:
    kind = {"public": "channel", "private": "private channel", "im": "direct messages"}[channel.kind]
    shared = ", shared with another organisation" if channel.is_ext_shared else ""
    new = f", {unread.messages} unread" if new_here else ""
    return f"{words}, {kind}{shared}{new}"


def _title(words: str) -> None:
    tag("h2", "side-title", words)
