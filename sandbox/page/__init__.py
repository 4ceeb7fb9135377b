"""The page of the sandbox workspace: a chat client in the browser, to try the bot as any of its people.

It looks and works like Slack and needs no network but loopback: every asset is local. It knows the sandbox's
`Workspace` and Block Kit, and nothing of what the bot is for.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from nicegui import background_tasks, ui
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.errors import NotThereError
from sandbox.page.widgets import PARTS
from sandbox.page.window import Desk, Window
from sandbox.workspace import Workspace

_STYLE: Final = PARTS / "page.css"
_ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#4a154b"/>'
    '<path d="M9 11h14M9 16h14M9 21h9" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/></svg>'
)
_HANDS: Final = 32
"""The number of acts in progress at once; each may wait three seconds for the bot."""
_PATIENCE: Final = 30.0
"""Seconds that a window may be disconnected (a sleeping laptop, a busy machine) before it must load again."""
_DESK: Final = "sandbox.desk"


def mount_page(
    app: FastAPI, workspace: Workspace, commands: Sequence[tuple[str, str]], title: str = "Sandbox workspace"
) -> None:
    """Serve the page at `/` of this app. Call it once, before the app starts.

    `commands` are slash commands with their hints, listed when somebody types a slash. `/?as=<user id>&channel=<channel
    id>` opens it as that person in that channel. A process serves one page at a time: NiceGUI runs on one event loop.
    """
    hands = ThreadPoolExecutor(_HANDS, "sandbox-page")
    desk = Desk(workspace, tuple(commands), title, hands)
    carrier = _carrier()
    _add_download(app, workspace)
    app.mount("/", _ForDesk(carrier, desk))
    outer = app.router.lifespan_context

    @contextlib.asynccontextmanager
    async def lifespan(served: FastAPI) -> AsyncIterator[None]:
        async with outer(served), carrier.router.lifespan_context(carrier):
            yield
        hands.shutdown(wait=False, cancel_futures=True)

    app.router.lifespan_context = lifespan


class _ForDesk:
    """Tells the page which workspace a request is for, so that several servers of one process can take turns."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app, self._desk = app, desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, _DESK: self._desk}, receive, send)


@cache
def _carrier() -> FastAPI:
    """The app that NiceGUI is mounted on. It is made once, because NiceGUI can be set up only once in a process."""
    carrier = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    ui.page("/", response_timeout=30)(_page)
    ui.run_with(
        carrier,
        title="Sandbox workspace",
        favicon=_ICON,
        language="en-US",
        tailwind=False,
        binding_refresh_interval=None,
        reconnect_timeout=_PATIENCE,
        show_welcome_message=False,
    )
    return carrier


async def _page(request: Request) -> None:
    desk: Desk = request.scope[_DESK]
    ui.add_css(_STYLE)
    ui.page_title(f"{desk.title} · {desk.workspace.name}")
    user_id = _who(desk.workspace, request.query_params.get("as"))
    if user_id is None:
        ui.label("This workspace has no people yet.")
        return
    window = Window(desk, user_id, request.query_params.get("channel"))
    await window.build()
    living = background_tasks.create(window.live(), name="sandbox window")
    ui.context.client.on_delete(living.cancel)


def _who(workspace: Workspace, wanted: str | None) -> str | None:
    """The person in the address, or the first one."""
    people = [user.id for user in workspace.users() if not user.is_bot]
    return wanted if wanted in people else next(iter(people), None)


def _add_download(app: FastAPI, workspace: Workspace) -> None:
    def download(request: Request) -> Response:
        try:
            person = workspace.person(request.path_params["user"])
            file = person.file(request.path_params["file"])
        except NotThereError as error:
            return PlainTextResponse(str(error), 404)
        # The browser must never show it as a page of this address: the bot decides what is in it.
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(file.content, media_type="application/octet-stream", headers=headers)

    app.add_route("/download/{user}/{file}/{name}", download)
