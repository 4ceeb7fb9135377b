"""The Bolt app: one listener for each kind of payload, and the desk's own table of routes behind it.

Bolt rebuilds its arguments for every listener it tries. If listeners run on its own threads, it also sleeps in steps of
10 ms until they acknowledge. So there are few listeners, and they run where the request came in
(`process_before_response`).
"""

from __future__ import annotations

import re

from slack_bolt import App, Args, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.boundary import Boundary
from bot.slack.home import Home

_ANY = re.compile(".*", re.DOTALL)


def build_app(boundary: Boundary, home: Home, base_url: str, token: str) -> App:
    """A Bolt app that passes every request to the boundary.

    Signatures are verified before Bolt sees a request (`bot.web.guard`), because Bolt reads a body first.
    """
    app = App(
        name="order-desk",
        # Without a token: Bolt gives each listener its own client, and none of ours uses it.
        client=WebClient(base_url=base_url, retry_handlers=[]),
        authorize=lambda: AuthorizeResult(
            enterprise_id=home.enterprise_id or None,
            team_id=home.team_id,
            bot_token=token,
            bot_id=home.bot_id,
            bot_user_id=home.bot_user_id,
        ),
        process_before_response=True,
        request_verification_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )

    def handle(args: Args) -> BoltResponse | None:
        return boundary.handle(args)

    app.command(_ANY)(handle)
    app.block_action(_ANY)(handle)
    app.view_submission(_ANY)(handle)
    app.view_closed(_ANY)(handle)
    app.options({"action_id": _ANY})(handle)
    app.event(_ANY)(handle)
    return app
