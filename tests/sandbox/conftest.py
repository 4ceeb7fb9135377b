"""A workspace with people and channels, its server, and a small Bolt app connected over HTTP or Socket Mode."""

from collections.abc import Callable, Iterator

import pytest
from slack_sdk import WebClient

from sandbox.people import Person
from sandbox.server import SandboxServer
from sandbox.values import Channel
from sandbox.workspace import Workspace
from tests.sandbox.tinybot import TinyBot, over_http, over_socket
from tests.support.desk import ACK_PATIENCE, PATIENCE


@pytest.fixture
def workspace() -> Workspace:
    made = Workspace(
        app_name="Tiny Bot", events={"app_home_opened", "app_mention", "message.im"}, ack_seconds=ACK_PATIENCE
    )
    made.triggers.seconds = PATIENCE
    made.delivery.event_retry_delays = (0.01, 0.02)
    return made


@pytest.fixture
def server(workspace: Workspace) -> Iterator[SandboxServer]:
    with SandboxServer(workspace) as running:
        yield running


@pytest.fixture
def client(workspace: Workspace, server: SandboxServer) -> WebClient:
    return WebClient(workspace.bot_token, base_url=server.api_url, retry_handlers=[])


@pytest.fixture
def ann(workspace: Workspace) -> Person:
    return workspace.person(workspace.add_user("ann", "Ann Ace").id)


@pytest.fixture
def ben(workspace: Workspace) -> Person:
    return workspace.person(workspace.add_user("ben", "Ben Bo").id)


@pytest.fixture
def general(workspace: Workspace, ann: Person, ben: Person) -> Channel:
    return workspace.add_channel("general", [ann.user, ben.user])


@pytest.fixture(params=["http", "socket"])
def bot(request: pytest.FixtureRequest, workspace: Workspace, server: SandboxServer) -> Iterator[TinyBot]:
    made = TinyBot(server)
    if request.param == "http":
        with over_http(made) as url:
            workspace.deliver_to_http(url)
            yield made
    else:
        with over_socket(made, server):
            yield made


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    return wait_until


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for what a bot does after its acknowledgement."""
    import time

    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)
