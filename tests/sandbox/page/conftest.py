"""A workspace with its page and a bot, and a headless Chromium to use it with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from sandbox.page import mount_page
from sandbox.server import SandboxServer
from sandbox.values import Channel, User
from sandbox.workspace import Workspace
from tests.sandbox.page.pagebot import COMMANDS, PageBot
from tests.sandbox.tinybot import over_http
from tests.support import desk
from tests.support.browser import PATIENCE


@dataclass(frozen=True, slots=True)
class World:
    """A workspace where everything is running."""

    workspace: Workspace
    server: SandboxServer
    bot: PageBot
    sam: User
    mia: User
    orders: Channel
    approvals: Channel
    random: Channel


Open = Callable[..., Page]


@pytest.fixture
def world() -> Iterator[World]:
    workspace = Workspace(name="Northwind Cloud", app_name="Order Desk", ack_seconds=desk.ACK_PATIENCE)
    workspace.triggers.seconds = desk.PATIENCE
    sam = workspace.add_user("sam", "Sam Salinger", title="Sales", tz="Europe/Berlin", locale="en-GB")
    mia = workspace.add_user("mia", "Mia Manager", title="Sales manager", tz="America/New_York")
    orders = workspace.add_channel("orders", [sam, mia])
    approvals = workspace.add_channel("approvals", [sam, mia], kind="private")
    random = workspace.add_channel("random", [sam, mia], with_bot=False)
    workspace.add_channel("acme-project", [sam, mia], is_ext_shared=True)
    workspace.im(sam.id)
    workspace.im(mia.id)
    server = SandboxServer(workspace)
    mount_page(server.app, workspace, COMMANDS, "Order Desk sandbox")
    with server:
        bot = PageBot(server)
        with over_http(bot) as url:
            workspace.deliver_to_http(url)
            yield World(workspace, server, bot, sam, mia, orders, approvals, random)
            bot.gate.set()


@pytest.fixture
def open_page(browser: Browser, world: World) -> Iterator[Open]:
    """Opens a window as a person in a channel. A script error on any page fails the test."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def opened(
        user: User | None = None, channel: Channel | None = None, *, width: int = 1280, height: int = 800
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((world.server.url, "data:", "blob:")) else troubles.append(request.url)
            ),
        )
        query = f"?as={(user or world.sam).id}&channel={(channel or world.orders).id}"
        page.goto(world.server.url + query)
        page.get_by_role("textbox", name="Message").or_(page.get_by_role("combobox", name="Message")).first.wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []
