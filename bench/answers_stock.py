"""A Bolt app as in Bolt's documentation: decorators, a listener for each command, Bolt's own servers.

    PORT=3001 python -m bench.answers_stock --http

It does the desk's work with the desk's own services and draws the same screens in the same order: what a member asks
to see is acknowledged, read, drawn and opened. It does not have the desk's other parts (a guard on size and age,
duplicates, references, metrics, structured logs). STOCK_LISTENERS adds that many listeners.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from slack_bolt import Ack, App, Respond
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.deps import build_deps
from bot.settings import load_settings
from handlers import ROUTES
from handlers.help.listeners import help_command
from handlers.kit.interaction import Interaction, PayloadKind, read_ask
from handlers.kit.replies import SlackCall
from handlers.orders.listeners import orders_command
from store.database import Database
from store.domain.clock import system_clock
from store.domain.people import Actor

settings = load_settings()
deps = build_deps(Database(settings.database_url.get_secret_value(), mapped=True), settings)
app = App(
    client=WebClient(token=settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url),
    signing_secret=settings.slack_signing_secret.get_secret_value(),
)


def other(ack: Ack) -> None:
    """A listener for something else."""
    ack()


_REGISTER = {
    PayloadKind.COMMAND: app.command,
    PayloadKind.ACTION: app.action,
    PayloadKind.SUBMISSION: app.view,
    PayloadKind.OPTIONS: app.options,
    PayloadKind.EVENT: app.event,
}
for place in range(int(os.environ.get("STOCK_LISTENERS", "0"))):
    route = ROUTES[place % len(ROUTES)]
    _REGISTER[route.kind](f"{route.id}-{place}")(other)


def interaction(body: dict[str, Any]) -> Interaction:
    """The interaction. Slack was asked about the person an hour ago at most, as on the desk."""
    ask = read_ask(body)
    assert ask is not None
    member = deps.members.find(ask.team_id, ask.user_id)
    assert member is not None
    return Interaction(ask, Actor(member, "Europe/Berlin", "en_GB", origin="bench"), "BENCH1", system_clock())


@app.command("/orders")
def orders(ack: Ack, body: dict[str, Any], client: WebClient, respond: Respond) -> None:
    """`/orders …`: the results of that search in a modal; `/orders help`: words."""
    ack()
    asked = interaction(body)
    if asked.ask.text == "help":
        respond(**(help_command(asked, deps).ack or {}))
        return
    for call in orders_command(asked, deps).calls:
        assert isinstance(call, SlackCall)
        client.views_open(**call.arguments)


if __name__ == "__main__":
    if "--socket" in sys.argv:
        SocketModeHandler(app, settings.slack_app_token.get_secret_value()).start()  # type: ignore[no-untyped-call]
    else:
        app.start(port=settings.port, http_server_logger_enabled=False)
