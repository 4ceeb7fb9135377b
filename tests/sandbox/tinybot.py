"""A small, real Bolt app to try the sandbox with: a command, forms of every element, buttons, files, events."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from waitress import create_server

from sandbox.server import SandboxServer
from sandbox.workspace import Workspace
from tests.support.desk import PATIENCE

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(text: str) -> Json:
    return {"text": plain(text), "value": text.lower()}


def field(name: str, element: Json, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": name,
        "label": plain(name),
        "element": {"action_id": "value", **element},
        **more,
    }


COLOURS = [option("Red"), option("Green"), option("Blue")]

FORM_BLOCKS: list[Json] = [
    field("words", {"type": "plain_text_input", "initial_value": "first"}),
    field("number", {"type": "number_input", "is_decimal_allowed": True, "min_value": "1"}, optional=True),
    field("one", {"type": "static_select", "options": COLOURS}, optional=True),
    field("many", {"type": "multi_static_select", "options": COLOURS}, optional=True),
    field("found", {"type": "external_select", "min_query_length": 1}, optional=True),
    field("founds", {"type": "multi_external_select", "min_query_length": 1}, optional=True),
    field("day", {"type": "datepicker", "initial_date": "2026-10-03"}, optional=True),
    field("radio", {"type": "radio_buttons", "options": COLOURS}, optional=True),
    field("boxes", {"type": "checkboxes", "options": COLOURS, "initial_options": [COLOURS[0]]}, optional=True),
    field("where", {"type": "conversations_select", "response_url_enabled": True}, optional=True),
    field("who", {"type": "users_select"}, optional=True),
    field(
        "live",
        {
            "type": "plain_text_input",
            "action_id": "live",
            "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]},
        },
        dispatch_action=True,
        optional=True,
    ),
    field("entered", {"type": "plain_text_input", "action_id": "live"}, dispatch_action=True, optional=True),
]


def modal(title: str = "Form", blocks: list[Json] | None = None, **more: Any) -> Json:
    shown = FORM_BLOCKS if blocks is None else blocks
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain(title),
        "submit": plain("Send"),
        "notify_on_close": True,
        "blocks": shown,
        **more,
    }


class TinyBot:
    """`heard` has what the app got; `on_submit` is how it acknowledges a submission; `gate` holds up a listener."""

    def __init__(self, server: SandboxServer) -> None:
        workspace = server.workspace
        self.heard: list[tuple[str, Json]] = []
        self.results: list[Any] = []
        self.on_submit: Json = {}
        self.gate = threading.Event()
        self.gate.set()
        client = WebClient(workspace.bot_token, base_url=server.api_url, retry_handlers=[])
        self.app = App(client=client, signing_secret=workspace.signing_secret, raise_error_for_unhandled_request=False)
        self._listen()

    def _listen(self) -> None:
        app = self.app
        app.command("/form")(self.form)
        app.command("/say")(self.say)
        app.command("/slow")(self.slow)
        app.command("/card")(self.card)
        app.command("/file")(self.file)
        app.options("value")(self.suggest)
        app.view("form")(self.submitted)
        app.view_closed("form")(self.closed)
        app.action("live")(self.acted)
        app.action("press")(self.pressed)
        app.action("whisper")(self.whispered)
        app.shortcut("short")(self.acted_on_shortcut)
        app.event("app_mention")(self.evented)
        app.event("app_home_opened")(self.home)
        app.event("message")(self.evented)

    def _hear(self, kind: str, body: Json) -> None:
        self.heard.append((kind, body))

    def form(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        self._hear("command", body)
        client.views_open(trigger_id=body["trigger_id"], view=modal())

    def say(self, ack: Any, body: Json, respond: Any) -> None:
        self._hear("command", body)
        ack(f"You said {body['text']}")
        respond(text="and later, to all", response_type="in_channel")

    def slow(self, ack: Any, body: Json) -> None:
        self.gate.wait(PATIENCE)
        ack("too late")
        self._hear("command", body)

    def card(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        buttons = [
            {"type": "button", "action_id": name, "text": plain(name), "value": f"id-{name}"}
            for name in ("press", "whisper")
        ]
        client.chat_postMessage(
            channel=body["channel_id"],
            text="card",
            blocks=[{"type": "actions", "block_id": "buttons", "elements": buttons}],
            metadata={"event_type": "card", "event_payload": {"number": 7}},
        )

    def file(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        answer = client.files_upload_v2(
            channel=body["channel_id"], content=b"a,b\n1,2\n", filename="t.csv", title="T", initial_comment="here"
        )
        self.results.append(answer.data)

    def suggest(self, ack: Any, body: Json) -> None:
        self._hear("options", body)
        ack(options=[option(f"{body['value']} {number}") for number in (1, 2)])

    def submitted(self, ack: Any, body: Json) -> None:
        self._hear("submission", body)
        ack(**self.on_submit)

    def closed(self, ack: Any, body: Json) -> None:
        ack()
        self._hear("closed", body)

    def acted(self, ack: Any, body: Json) -> None:
        ack()
        self._hear("action", body)

    def acted_on_shortcut(self, ack: Any, body: Json) -> None:
        ack()
        self._hear("shortcut", body)

    def pressed(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        self._hear("action", body)
        client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="pressed", blocks=[])

    def whispered(self, ack: Any, body: Json, client: WebClient, respond: Any) -> None:
        ack()
        self._hear("action", body)
        client.chat_postEphemeral(channel=body["channel"]["id"], user=body["user"]["id"], text="psst")
        respond(text="replaced", replace_original=True)

    def evented(self, body: Json) -> None:
        self._hear("event", body)

    def home(self, body: Json, client: WebClient) -> None:
        self._hear("event", body)
        blocks = [{"type": "section", "text": plain("Welcome home")}]
        client.views_publish(user_id=body["event"]["user"], view={"type": "home", "blocks": blocks})


@contextmanager
def over_http(bot: TinyBot) -> Iterator[str]:
    """Serve the bot with Bolt's WSGI adapter under waitress; yields the request url."""
    server: Any = create_server(SlackRequestHandler(bot.app), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}/slack/events"
    finally:
        # Only its own thread may close the loop; the loop ends when nothing is open.
        server.trigger.pull_trigger(server.close)
        thread.join(PATIENCE)
        server.task_dispatcher.shutdown()


@contextmanager
def over_socket(bot: TinyBot, server: SandboxServer) -> Iterator[None]:
    """Connect the bot with Bolt's own Socket Mode handler."""
    handler: Any = SocketModeHandler(bot.app, server.workspace.app_token, ping_interval=0.2)
    handler.connect()
    server.workspace.delivery.sockets.wait_for(1)
    try:
        yield
    finally:
        hang_up(handler.client, server.workspace)


def hang_up(client: SocketModeClient, workspace: Workspace) -> None:
    """Close a client quickly: while it waits for data it notices a dropped connection at once, its own close late."""
    client.auto_reconnect_enabled = False
    workspace.delivery.sockets.drop()
    deadline = time.monotonic() + PATIENCE
    while client.is_connected() and time.monotonic() < deadline:
        time.sleep(0.005)
    client.close()
