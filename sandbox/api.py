"""The Web API on the wire: reads bodies, checks tokens, plays faults, and keeps every call.

Also serves the addresses that Slack hands out: uploads, downloads, response urls, Socket Mode. It must not know what
a method does; the methods are in `methods`.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import nullcontext
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from sandbox.connections import Connections
from sandbox.errors import SlackError
from sandbox.faults import Fault
from sandbox.methods import METHODS
from sandbox.methods.kit import Args, Method
from sandbox.values import Json, Sent, Wire
from sandbox.workspace import Workspace


class WebApi:
    """The sandbox's HTTP and WebSocket addresses for one workspace."""

    def __init__(self, workspace: Workspace, connections: Connections) -> None:
        self._workspace = workspace
        self._connections = connections

    def routes(self) -> list[BaseRoute]:
        """All addresses, for an app to include."""
        return [
            Route("/api/{method}", self.call, methods=["GET", "POST"]),
            Route("/upload/v1/{key}", self.upload, methods=["POST"]),
            Route("/files-pri/{key}/{rest:path}", self.download, methods=["GET"]),
            Route("/hooks/{key:path}", self.respond, methods=["POST"]),
            WebSocketRoute("/link/", self._workspace.delivery.sockets.serve),
        ]

    async def call(self, request: Request) -> Response:
        """Answers one Web API call."""
        name = request.path_params["method"]
        try:
            token, arguments = await _read(request)
        except ValueError:
            return JSONResponse(SlackError("invalid_json").answer())
        started, at = time.monotonic(), self._workspace.clock()
        fault = self._workspace.faults.take(name)
        status, answer, headers = await self._play(name, token, arguments, fault)
        lost = fault is not None and fault.kind.startswith("lost")
        ms = (time.monotonic() - started) * 1000
        kind = fault.kind if fault else None
        with self._workspace.lock:
            self._workspace.sent.append(Sent(name, arguments, answer, None if lost else status, at, ms, kind))
        if lost:
            await self._connections.drop(request)
        if answer is None:
            return PlainTextResponse("Internal Server Error", status, headers)
        return JSONResponse(answer, status, headers)

    async def upload(self, request: Request) -> Response:
        """Takes the bytes of an upload, raw or as the one file of a multipart form."""
        # Read the whole body before answering: a client that is cut off while it sends may not hear the answer.
        content = await _uploaded(request)
        fault = self._workspace.faults.take("upload")
        if fault is not None and fault.kind == "lost_before":
            await self._connections.drop(request)
            return Response(status_code=500)
        if fault is not None and fault.kind in {"429", "500", "503"}:
            return PlainTextResponse("", int(fault.kind), {"Retry-After": str(fault.retry_after)})
        try:
            size = self._workspace.files.receive(request.path_params["key"], content)
        except SlackError as error:
            return PlainTextResponse(error.code, 400)
        if fault is not None and fault.kind == "lost_after":
            await self._connections.drop(request)
        return PlainTextResponse(f"OK - {size}")

    async def download(self, request: Request) -> Response:
        """Returns a file's bytes to a caller with the bot's token."""
        if _bearer(request) != self._workspace.bot_token or self._workspace.token_error:
            return PlainTextResponse("Unauthorized", 401)
        try:
            file = self._workspace.files.get(request.path_params["key"].rpartition("-")[2])
        except SlackError:
            return PlainTextResponse("Not Found", 404)
        return Response(file.content, media_type="application/octet-stream")

    async def respond(self, request: Request) -> Response:
        """Takes what the app posts to a response url."""
        try:
            body = json.loads(await request.body())
        except ValueError:
            return PlainTextResponse("invalid_payload", 400)
        responses, key = self._workspace.responses, request.path_params["key"]
        status, answer = 200, {"ok": True}
        try:
            responses.answer(key, body)
        except SlackError as error:
            gone = error.code in {"no_service", "used_url", "expired_url"}
            status, answer = 404 if gone else 400, error.answer()
        arguments = {**responses.whose(key), "body": body}
        with self._workspace.lock:
            at = self._workspace.clock()
            self._workspace.sent.append(Sent("response_url", arguments, answer, status, at, 0.0))
        return PlainTextResponse("ok") if status == 200 else JSONResponse(answer, status)

    # --- inside ------------------------------------------------------------------------------------------------

    async def _play(
        self, name: str, token: str | None, arguments: Json, fault: Fault | None
    ) -> tuple[int, Json | None, dict[str, str]]:
        """The status, body and headers of the answer, after any fault has been played."""
        kind, _, detail = fault.kind.partition(":") if fault else ("", "", "")
        if fault is not None and kind == "429":
            return 429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(fault.retry_after)}
        if kind in {"500", "503"}:
            return int(kind), None, {}
        if kind == "lost_before":
            return 200, None, {}
        if kind == "error":
            return 200, {"ok": False, "error": detail}, {}
        if kind == "slow":
            await asyncio.sleep(float(detail))
        headers = {"X-OAuth-Scopes": ",".join(sorted(self._workspace.scopes or ()))}
        try:
            method = self._allowed(name, token)
            sharing = self._workspace.files.sharing_after(float(detail) if detail else None)
            with self._workspace.changing(), sharing if kind == "unshared" else nullcontext():
                answer = {"ok": True, **method.answer(self._workspace, Args(arguments))}
        except SlackError as error:
            answer = error.answer()
        return 200, answer, headers

    def _allowed(self, name: str, token: str | None) -> Method:
        """The method, if this token may call it. Raises Slack's authentication errors and unknown_method."""
        workspace = self._workspace
        if name not in METHODS:
            raise SlackError("unknown_method", req_method=name)
        method = METHODS[name]
        if name == "api.test":
            return method
        if not token:
            raise SlackError("not_authed")
        if token not in {workspace.bot_token, workspace.app_token}:
            raise SlackError("invalid_auth")
        if workspace.token_error:
            raise SlackError(workspace.token_error)
        if method.app_token != (token == workspace.app_token):
            raise SlackError("not_allowed_token_type")
        if workspace.scopes is not None and method.scopes and not set(workspace.scopes) & set(method.scopes):
            provided = ",".join(sorted(workspace.scopes))
            raise SlackError("missing_scope", needed=method.scopes[0], provided=provided)
        return method


async def _read(request: Request) -> tuple[str | None, Json]:
    """The token and the arguments of a call, from its header, query, form or JSON."""
    arguments: dict[str, Wire] = dict(request.query_params)
    if request.method == "POST":
        body = await request.body()
        if request.headers.get("content-type", "").startswith("application/json"):
            sent = json.loads(body or b"{}")
            arguments |= sent if isinstance(sent, Mapping) else {}
        else:
            arguments |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    carried = arguments.pop("token", None)
    return _bearer(request) or carried, arguments


def _bearer(request: Request) -> str | None:
    word, _, token = request.headers.get("authorization", "").partition(" ")
    return token if word.lower() == "bearer" and token else None


async def _uploaded(request: Request) -> bytes:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    async with request.form() as form:
        for value in form.values():
            if not isinstance(value, str):
                return await value.read()
    return b""
