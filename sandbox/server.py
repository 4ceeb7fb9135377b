"""The sandbox's own web server: the Web API, uploads, Socket Mode, and the page if one is mounted."""

import threading
import time

import uvicorn
from fastapi import FastAPI  # NiceGUI is built on FastAPI and can only be mounted on it

from sandbox.api import WebApi
from sandbox.connections import Connections
from sandbox.workspace import Workspace

START_SECONDS = 10.0


class SandboxServer:
    """Serves a workspace from its own thread. `port` 0 takes any free port."""

    def __init__(self, workspace: Workspace, host: str = "127.0.0.1", port: int = 0) -> None:
        self.workspace = workspace
        connections = Connections()
        workspace.delivery.sockets.connections = connections
        self.app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        """Mount a page on it before `start`."""
        self.app.router.routes.extend(WebApi(workspace, connections).routes())
        config = uvicorn.Config(
            self.app,
            host=host,
            port=port,
            loop="asyncio",
            http=connections.protocol(),
            ws="websockets-sansio",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="sandbox", daemon=True)
        self._host = host

    @property
    def url(self) -> str:
        """The server's address, ending in a slash. Known once it has started."""
        return self.workspace.base_url

    @property
    def api_url(self) -> str:
        """The base address of the Web API, ending in `/api/`. Known once it has started."""
        return f"{self.workspace.base_url}api/"

    def start(self) -> "SandboxServer":
        """Serve; returns when the server answers. Raises RuntimeError if it cannot start, as when the port is taken."""
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("The sandbox's server did not start; is its port taken?")
            time.sleep(0.005)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.workspace.base_url = f"http://{self._host}:{port}/"
        return self

    def stop(self) -> None:
        """Stop serving; returns when the port is free again."""
        self.workspace.delivery.stop()
        self._server.should_exit = True
        self._thread.join(START_SECONDS)

    def __enter__(self) -> "SandboxServer":
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()
