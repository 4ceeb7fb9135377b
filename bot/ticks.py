"""What the clock brings, and how often: expiry, reminders, the care of exports, what Slack refused, forgetting."""

from __future__ import annotations

import structlog
from slack_sdk import WebClient

from bot.exports.worker import ExportWorker
from bot.outbox.pump import OutboxPump
from bot.scheduler import Tick
from bot.slack.home import SlackRefused, greet
from bot.web.signatures import SharedSignatures
from handlers import NOTICES
from handlers.kit.deps import Deps
from handlers.kit.messages import tried_again
from store.services.deliveries import Deliveries
from store.services.outbox import Outbox

log = structlog.get_logger(__name__)

SLACK_CHECK_SECONDS = 60.0
CLOCK_SECONDS = 5.0
ADJUSTMENTS_SECONDS = 2.0
OUTBOX_SECONDS = 5.0
EXPORTS_SECONDS = 5.0
RETENTION_SECONDS = 300.0
FORGET_SECONDS = 21_600.0
SIGNATURES_SECONDS = 30.0
PARKED_SECONDS = 300.0
"""How soon news follow once the reason of Slack's refusal is fixed, as when the bot is invited to the channel."""


class SlackHealth:
    """Whether Slack still knows the bot's token, as the last look told."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._verdict = ""

    def look(self) -> None:
        """Asks Slack."""
        try:
            greet(self._client)
        except SlackRefused as refusal:
            self._verdict = str(refusal)
            log.warning("Slack does not answer as it should", reason=str(refusal))
        else:
            self._verdict = ""

    def verdict(self) -> str:
        """Empty where all is well."""
        return self._verdict


def ticks_of(
    *,
    deps: Deps,
    outbox: Outbox,
    pump: OutboxPump,
    worker: ExportWorker,
    deliveries: Deliveries,
    signatures: SharedSignatures,
    slack: SlackHealth,
) -> list[Tick]:
    """All of it, but for the clock itself."""

    def expire_and_remind() -> None:
        expired = deps.adjustments.expire_due(deps.clock())
        reminded = deps.adjustments.remind_due(deps.clock())
        moved = deps.adjustments.follow_deadlines(deps.clock())
        if expired or reminded or moved:
            log.info("the clock's turn", expired=len(expired), reminded=len(reminded), moved=len(moved))

    def try_parked_again() -> None:
        outbox.revive(tried_again(NOTICES, deps.clock()))

    def forget() -> None:
        log.info("old requests forgotten", count=deliveries.forget_old())

    return [
        Tick("slack", SLACK_CHECK_SECONDS, slack.look),
        Tick("signatures", SIGNATURES_SECONDS, signatures.look_after),
        Tick("adjustments", ADJUSTMENTS_SECONDS, expire_and_remind),
        Tick("outbox", OUTBOX_SECONDS, pump.measure),
        Tick("exports", EXPORTS_SECONDS, worker.recover),
        Tick("retention", RETENTION_SECONDS, worker.expire),
        Tick("parked", PARKED_SECONDS, try_parked_again),
        Tick("deliveries", FORGET_SECONDS, forget),
    ]
