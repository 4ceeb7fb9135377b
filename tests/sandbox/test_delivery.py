"""How payloads travel: signed, acknowledged in time, retried, over one of several sockets."""

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web import WebClient

from sandbox.people import Person
from sandbox.server import SandboxServer
from sandbox.values import Change, Channel
from sandbox.workspace import Workspace
from tests.sandbox.conftest import wait_until
from tests.sandbox.tinybot import hang_up

Until = Callable[[Callable[[], object]], None]


class Receiver:
    """A request url that keeps what it gets and answers as the test says."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.body = b""
        self.wait = 0.0
        self.url = ""


@pytest.fixture
def receiver(workspace: Workspace) -> Iterator[Receiver]:
    told = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append((dict(self.headers), body))
            time.sleep(told.wait)
            self.send_response(told.status)
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        told.url = f"http://127.0.0.1:{server.server_port}/slack/events"
        workspace.deliver_to_http(told.url)
        yield told
        workspace.delivery.stop()
        server.shutdown()
        thread.join()


def test_each_request_is_signed(receiver: Receiver, workspace: Workspace, ann: Person, general: Channel) -> None:
    ann.command(general.id, "/orders", "find 7")

    headers, body = receiver.got[0]
    assert SignatureVerifier(workspace.signing_secret).is_valid_request(body, headers)
    assert not SignatureVerifier("another secret").is_valid_request(body, headers)
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    assert (form["command"], form["text"], form["user_id"]) == ("/orders", "find 7", ann.user.id)


@pytest.mark.parametrize(("status", "word"), [(500, "http_service_error"), (404, "http_client_error")])
def test_an_http_error_is_told(receiver: Receiver, ann: Person, general: Channel, status: int, word: str) -> None:
    receiver.status = status
    delivered = ann.command(general.id, "/orders")
    assert (delivered.failure, delivered.ack_status) == (f"http {status}", status)
    assert ann.notices()[0].text == f'/orders failed with the error "{word}"'


def test_nobody_there(workspace: Workspace, ann: Person, general: Channel) -> None:
    workspace.deliver_to_http("http://127.0.0.1:9/slack/events")
    assert ann.command(general.id, "/orders").failure == "unreachable"
    assert ann.notices()[0].text == '/orders failed with the error "dispatch_failed"'


def test_a_commands_blocks_are_checked(receiver: Receiver, ann: Person, general: Channel) -> None:
    receiver.body = json.dumps({"blocks": [{"type": "poem"}]}).encode()
    delivered = ann.command(general.id, "/orders")
    assert delivered.failure == "refused"
    assert "unsupported type: poem" in delivered.detail


def test_an_event_is_tried_again_with_the_same_id(
    receiver: Receiver, ann: Person, general: Channel, until: Until
) -> None:
    receiver.status = 500
    delivered = ann.mention(general.id, "hello")
    until(lambda: len(receiver.got) >= 3)

    assert delivered.failure == "http 500"
    assert {json.loads(body)["event_id"] for _, body in receiver.got} == {delivered.id}
    got = receiver.got[:3]
    retries = [(headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason")) for headers, _ in got]
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_error")]


def test_the_url_is_verified_by_its_echo(receiver: Receiver, workspace: Workspace) -> None:
    assert workspace.delivery.verify_url().failure == "refused"
    assert json.loads(receiver.got[0][1])["type"] == "url_verification"


def test_what_is_delayed_is_overtaken(receiver: Receiver, workspace: Workspace, ann: Person, general: Channel) -> None:
    workspace.delivery.delay(2.0)
    first = threading.Thread(target=ann.command, args=(general.id, "/first"))
    first.start()
    wait_until(lambda: workspace.delivery._delays[0].times == 0)
    ann.command(general.id, "/second")
    first.join()
    assert [parse_qs(body.decode())["command"] for _, body in receiver.got] == [["/second"], ["/first"]]


@pytest.mark.usefixtures("receiver")
def test_the_trigger_runs_while_a_payload_travels(workspace: Workspace, ann: Person, general: Channel) -> None:
    workspace.triggers.seconds = 0.05
    workspace.delivery.delay(0.1)
    delivered = ann.command(general.id, "/orders")
    with pytest.raises(Exception, match="expired_trigger_id"):
        workspace.triggers.exchange(delivered.id)


def test_unknown_commands_and_threads_never_leave_the_client(
    receiver: Receiver, workspace: Workspace, ann: Person, general: Channel
) -> None:
    workspace.commands = frozenset({"/orders"})
    assert ann.say(general.id, "/orders").ok
    assert ann.say(general.id, "/pizza").failure == "not_sent"
    assert ann.say(general.id, "/orders", thread_ts="1.0").failure == "not_sent"
    assert len(receiver.got) == 1


@pytest.mark.usefixtures("server", "receiver")
def test_a_response_url_has_five_uses_and_thirty_minutes(workspace: Workspace, ann: Person, general: Channel) -> None:
    url = ann.command(general.id, "/orders").payload["response_url"]
    for number in range(5):
        assert httpx.post(url, json={"text": str(number)}).text == "ok"
    gone = httpx.post(url, json={"text": "6"})
    assert (gone.status_code, gone.json()["error"]) == (404, "used_url")
    assert len(ann.messages(general.id)) == 5

    other = ann.command(general.id, "/orders").payload["response_url"]
    clock = workspace.clock
    workspace.clock = lambda: clock() + 1801
    assert httpx.post(other, json={"text": "late"}).json()["error"] == "expired_url"


@pytest.mark.usefixtures("receiver")
def test_a_response_url_deletes_and_replaces_ephemerals_too(client: WebClient, ann: Person, general: Channel) -> None:
    blocks = [
        {"type": "actions", "block_id": "b", "elements": [{"type": "button", "action_id": "a", "text": plain("x")}]}
    ]
    client.chat_postEphemeral(channel=general.id, user=ann.user.id, text="psst", blocks=blocks)
    delivered = ann.click(ann.messages(general.id)[0], "b", "a")
    assert "message" not in delivered.payload
    assert delivered.payload["container"]["is_ephemeral"] is True
    httpx.post(delivered.payload["response_url"], json={"text": "new", "replace_original": True})
    assert [message.text for message in ann.messages(general.id)] == ["new"]
    httpx.post(delivered.payload["response_url"], json={"delete_original": True})
    assert ann.messages(general.id) == ()


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def test_subscribers_learn_whom_a_change_concerns(
    workspace: Workspace, client: WebClient, ann: Person, general: Channel
) -> None:
    changes: list[Change] = []
    unsubscribe = workspace.subscribe(changes.append)
    client.chat_postEphemeral(channel=general.id, user=ann.user.id, text="psst")
    client.chat_postMessage(channel=general.id, text="all")
    unsubscribe()
    client.chat_postMessage(channel=general.id, text="unheard")
    assert [(change.kind, change.users) for change in changes] == [
        ("message", frozenset({ann.user.id})),
        ("message", general.members),
    ]


class TestSockets:
    @pytest.fixture
    def heard(self) -> list[SocketModeRequest]:
        return []

    @pytest.fixture
    def socket(
        self, workspace: Workspace, server: SandboxServer, heard: list[SocketModeRequest]
    ) -> Iterator[SocketModeClient]:
        web = WebClient(base_url=server.api_url)
        client = SocketModeClient(workspace.app_token, web_client=web, ping_interval=0.3)

        def listen(socket: BaseSocketModeClient, request: SocketModeRequest) -> None:
            heard.append(request)
            socket.send_socket_mode_response(SocketModeResponse(request.envelope_id, {"text": "acked"}))

        client.socket_mode_request_listeners.append(listen)
        client.connect()
        workspace.delivery.sockets.wait_for(1)
        yield client
        hang_up(client, workspace)

    @pytest.mark.usefixtures("socket")
    def test_an_envelope_says_what_it_carries(
        self, heard: list[SocketModeRequest], ann: Person, general: Channel
    ) -> None:
        assert ann.command(general.id, "/orders").ack_body == {"text": "acked"}
        assert ann.mention(general.id, "x").ok
        assert [request.type for request in heard] == ["slash_commands", "events_api"]
        assert [request.accepts_response_payload for request in heard] == [True, False]
        assert heard[1].retry_attempt == 0

    def test_it_connects_anew_when_asked_to(
        self, socket: SocketModeClient, workspace: Workspace, ann: Person, general: Channel, until: Until
    ) -> None:
        before = socket.session_id()
        workspace.delivery.sockets.disconnect()
        until(lambda: socket.session_id() != before and workspace.delivery.sockets.count == 1)
        assert ann.command(general.id, "/orders").ok

    @pytest.mark.usefixtures("socket")
    def test_it_connects_anew_when_dropped(
        self, workspace: Workspace, ann: Person, general: Channel, until: Until
    ) -> None:
        workspace.delivery.sockets.drop()
        until(lambda: workspace.delivery.sockets.count == 0)
        assert ann.command(general.id, "/orders").failure == "unreachable"
        until(lambda: workspace.delivery.sockets.count == 1)
        assert ann.command(general.id, "/orders").ok

    @pytest.mark.usefixtures("socket")
    def test_a_silent_connection_times_out(self, workspace: Workspace, ann: Person, general: Channel) -> None:
        workspace.ack_seconds = 0.1
        workspace.delivery.sockets.silence()
        assert ann.command(general.id, "/orders").failure == "timeout"

    @pytest.mark.usefixtures("socket")
    def test_each_payload_goes_to_one_of_several_connections(
        self, workspace: Workspace, server: SandboxServer, heard: list[SocketModeRequest], ann: Person, general: Channel
    ) -> None:
        second: list[SocketModeRequest] = []
        web = WebClient(base_url=server.api_url)
        other = SocketModeClient(workspace.app_token, web_client=web)

        def listen(socket: BaseSocketModeClient, request: SocketModeRequest) -> None:
            second.append(request)
            socket.send_socket_mode_response(SocketModeResponse(request.envelope_id))

        other.socket_mode_request_listeners.append(listen)
        other.connect()
        workspace.delivery.sockets.wait_for(2)
        for _ in range(4):
            assert ann.command(general.id, "/orders").ok
        hang_up(other, workspace)
        assert (len(heard), len(second)) == (2, 2)
