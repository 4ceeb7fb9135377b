"""What happens around every listener: reference, dedupe, who asks, capability, acknowledgement, words for errors.

A listener works before the acknowledgement, so that whatever is acknowledged is done. Afterwards, only showing
something remains, on the bot's own threads. A listener that only shows something starts after the acknowledgement.
This module knows Slack's payloads only as `Ask`, and no rules.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from slack_bolt import Args, BoltResponse
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.metrics import Metrics
from bot.receipt import Receipt, Replayed
from bot.repetitions import Repetitions, Unanswered
from bot.slack.asking import TO_ANSWER
from bot.slack.directory import CHANGE_EVENT, Directory, Profile
from bot.slack.errors import UNREACHED, failure_of
from bot.slack.follow_up import FollowUp
from bot.slack.home import Home
from bot.slack.standing import Standing
from bot.telling import explain, tell, tell_done
from handlers.kit import refusals
from handlers.kit.blocks import notice_modal
from handlers.kit.deps import Deps
from handlers.kit.interaction import Ask, Interaction, PayloadKind
from handlers.kit.replies import (
    NOTHING,
    Done,
    Reply,
    Unchanged,
    replace_submitted,
)
from handlers.kit.route import Route
from store.domain.clock import Deadline
from store.domain.errors import DomainError
from store.domain.outbox import News
from store.domain.people import Actor, Role
from store.domain.texts import common_form
from store.transactions import watch_writes

log = structlog.get_logger(__name__)

AHEAD = 16
"""The most acknowledged requests that wait to be shown. A further one is acknowledged only when its work is done, so
that the end of the process waits only a moment.
"""
ON_ITS_WAY = timedelta(seconds=0.5)
"""Slack gives up three seconds after receipt, which is this long after work counts as late. It shows nothing of a
later acknowledgement. https://docs.slack.dev/interactivity/
"""
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class Boundary:
    """The one way from Slack's payload to a listener and back. Its `handle` is every listener of the Bolt app."""

    def __init__(
        self,
        *,
        deps: Deps,
        routes: Iterable[Route],
        home: Home,
        directory: Directory,
        client: WebClient,
        after: Executor,
        metrics: Metrics,
        keep: Callable[[News], object],
        first_admins: frozenset[str] = frozenset(),
    ) -> None:
        self._deps = deps
        self._routes = {(route.kind, route.id): route for route in routes}
        self._home = home
        self._directory = directory
        self._after = after
        self._metrics = metrics
        self._first_admins = first_admins
        self._ahead = threading.Semaphore(AHEAD)
        self._repetitions = Repetitions()
        self._follow_up = FollowUp(client, metrics, keep)

    def handle(self, args: Args) -> BoltResponse | None:
        """Answers one delivery; never raises because of what was sent.

        Returns a response for what must not be acknowledged: over Socket Mode, nothing is sent then.
        """
        receipt: Receipt = args.context["receipt"]
        ask: Ask = args.context["ask"]
        if ask.about and ask.id == CHANGE_EVENT:
            # Nobody waits for an answer to events. There are many, and each may come twice.
            self._directory.forget(ask.about)
            self._metrics.requests.labels(ask.kind, ask.id, "done").inc()
            args.ack()
            return None
        try:
            ack, again = self._repetitions.once(
                ask.delivery_key, lambda: self._begin(ask, receipt), lambda: self._left(receipt)
            )
        except Unanswered:
            self._count(ask, "unanswered")
            return BoltResponse(status=503)
        except Replayed:
            self._metrics.refused_requests.labels("replayed").inc()
            return BoltResponse(status=401)
        args.ack(**(ack or {}))
        if again:
            self._count(ask, "repeated")
        self._metrics.ack_seconds.labels(ask.kind).observe((self._deps.clock() - receipt.at).total_seconds())
        return None

    def _begin(self, ask: Ask, receipt: Receipt) -> Reply:
        """Does the work, or nothing yet if it can wait until Slack has its acknowledgement."""
        reference = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in secrets.token_bytes(6))
        route = self._route(ask)
        # Slack may have given up on a command that comes late; its response URL works for half an hour.
        late = ask.kind is PayloadKind.COMMAND and self._late(receipt.at)
        if (late or (route is not None and route.shows)) and self._ahead.acquire(blocking=False):
            receipt.then(partial(self._after.submit, self._show, ask, route, reference, receipt))
            return NOTHING
        if not receipt.first():
            raise Replayed
        with _bound(ask, reference):
            reply, outcome = self._answer(ask, route, reference, receipt.at)
        took = self._deps.clock() - receipt.at
        receipt.then(partial(self._note, ask, reference, outcome, took))
        if reply.calls or (reply.done and (reply.ack is None or took > self._deps.late + ON_ITS_WAY)):
            receipt.then(partial(self._after.submit, self._follow, ask, reply, reference))
        return reply

    def _show(self, ask: Ask, route: Route | None, reference: str, receipt: Receipt) -> None:
        try:
            if not receipt.first():
                # The empty acknowledgement has told nobody anything.
                self._metrics.refused_requests.labels("replayed").inc()
                return
            with _bound(ask, reference):
                reply, outcome = self._answer(ask, route, reference, receipt.at)
            self._note(ask, reference, outcome, self._deps.clock() - receipt.at)
            with _bound(ask, reference):
                if reply.ack:
                    self._follow_up.say_in_place(ask, reply.ack)
                if reply.calls:
                    self._follow_up.make(ask, reply, reference)
        finally:
            self._ahead.release()

    def _follow(self, ask: Ask, reply: Reply, reference: str) -> None:
        with _bound(ask, reference):
            self._follow_up.make(ask, reply, reference)

    def _answer(self, ask: Ask, route: Route | None, reference: str, received: datetime) -> tuple[Reply, str]:
        """The reply, and the outcome of the request in a word.

        Every answer except Done says that nothing was changed; if something was, the person is told that instead.
        """
        with watch_writes() as kept:
            try:
                reply, outcome = self._decide(ask, route, reference, received)
            except DomainError as error:
                reply, outcome = explain(ask, error, reference), type(error).__name__
            except Exception:
                log.exception("a listener failed")
                reply, outcome = self._tell(ask, refusals.failed(reference)), "failed"
        if not reply.done and kept.anything:
            log.error("it is not sure what was changed", outcome=outcome)
            return tell_done(ask, refusals.unsure(reference)), "unsure"
        return reply, outcome

    def _note(self, ask: Ask, reference: str, outcome: str, took: timedelta) -> None:
        """Writes the metrics and the log, once nobody waits for the request."""
        self._count(ask, outcome)
        with _bound(ask, reference):
            log.info("answered", outcome=outcome, ms=round(took.total_seconds() * 1000))

    def _late(self, received: datetime) -> bool:
        return self._deps.clock() - received > self._deps.late

    def _left(self, receipt: Receipt) -> float:
        """The seconds until Slack gives up on the request, or a little less."""
        return (receipt.at + self._deps.late - self._deps.clock()).total_seconds()

    def _count(self, ask: Ask, outcome: str) -> None:
        route = ask.id if (ask.kind, ask.id) in self._routes else "unknown"
        self._metrics.requests.labels(ask.kind, route, outcome).inc()

    def _decide(self, ask: Ask, route: Route | None, reference: str, received: datetime) -> tuple[Reply, str]:
        if self._late(received):
            return self._tell(ask, refusals.busy(reference)), "late"
        if route is None:
            return self._unknown(ask), "unknown"
        actor = self._who(ask, reference, received, fresh=route.fresh)
        if isinstance(actor, Reply):
            return actor, "refused"
        if self._late(received):
            # Slack answered too late who is asking, and has given up on this request meanwhile.
            return self._tell(ask, refusals.busy(reference)), "late"
        try:
            actor.require(route.capability)
            answer = route.listener(Interaction(ask, actor, reference, received), self._deps)
        except DomainError as error:
            return explain(ask, error, reference, actor), type(error).__name__
        if isinstance(answer, Done):
            return self._shown(ask, answer), "done"
        return answer.shown if isinstance(answer, Unchanged) else answer, "done"

    def _shown(self, ask: Ask, done: Done) -> Reply:
        """Draws what was done, or says it if it cannot be drawn."""
        try:
            return replace(done.show(), words=done.said, done=True)
        except DomainError as error:
            log.info("what was done cannot be drawn", error=type(error).__name__)
        except Exception:
            log.exception("what was done could not be drawn")
        return tell_done(ask, done.said)

    def _route(self, ask: Ask) -> Route | None:
        """The route. A command with its first word comes before the command alone: `/orders help`."""
        if ask.kind is PayloadKind.COMMAND:
            word = common_form(ask.text).partition(" ")[0]
            particular = self._routes.get((ask.kind, f"{ask.id} {word}"))
            if particular:
                return particular
        return self._routes.get((ask.kind, ask.id))

    def _unknown(self, ask: Ask) -> Reply:
        if ask.kind in (PayloadKind.EVENT, PayloadKind.CLOSED):
            return NOTHING
        log.warning("no such route")
        return self._tell(ask, refusals.OUT_OF_DATE)

    def _who(self, ask: Ask, reference: str, received: datetime, *, fresh: bool) -> Actor | Reply:
        """The member who asks, or a refusal: from elsewhere, a guest or bot, not a member, or unknown.

        `fresh`: Slack's earlier answers about the person do not count.
        """
        if not ask.user_id or ask.user_id == self._home.bot_user_id:
            return NOTHING
        if not self._home.enterprise_id and ask.team_id not in ("", self._home.team_id):
            # Outside an Enterprise Grid each person has one team, so there is nothing to ask.
            return self._refuse(ask, refusals.other_organisation)
        try:
            left = received + self._deps.late - TO_ANSWER - self._deps.clock()
            profile = self._directory.profile(ask.user_id, fresh=fresh, seconds=left.total_seconds())
        except (SlackApiError, *UNREACHED) as error:
            log.warning("Slack did not tell who is asking", code=failure_of(error).code)
            return self._tell(ask, refusals.unsure_who(reference))
        match profile.affiliation.standing(self._home.team_id, self._home.enterprise_id, ask.team_id):
            case Standing.BELONGS:
                return self._member(ask, profile, received)
            case Standing.GUEST:
                return self._refuse(ask, refusals.guest)
            case Standing.OTHER_WORKSPACE:
                return self._refuse(ask, refusals.other_workspace)
            case Standing.OTHER_ORGANISATION:
                return self._refuse(ask, refusals.other_organisation)
            case Standing.UNTOLD:
                log.warning("Slack named no workspace of who is asking")
                return self._tell(ask, refusals.unsure_who(reference))

    def _member(self, ask: Ask, profile: Profile, received: datetime) -> Actor | Reply:
        member = self._deps.members.find(self._home.team_id, ask.user_id)
        if member is None:
            return self._refuse(ask, refusals.stranger)
        deadline = Deadline(received + self._deps.late, self._deps.clock)
        return Actor(member, profile.time_zone, profile.locale, f"slack {ask.kind} {ask.id}", deadline)

    def _refuse(self, ask: Ask, words: Callable[[list[str]], str]) -> Reply:
        members = self._deps.members.list()
        admins = [member.slack_user_id for member in members if Role.ADMIN in member.roles]
        said = words(admins or sorted(self._first_admins))
        if ask.kind is PayloadKind.SUBMISSION:
            # A message at a field cannot name anybody: Slack shows no mentions there. Nor do they need what they typed.
            return replace_submitted(notice_modal("Order Desk", said))
        return self._tell(ask, said)

    _tell = staticmethod(tell)


def _bound(ask: Ask, reference: str) -> AbstractContextManager[object]:
    """Adds to each line that is logged meanwhile what it is about."""
    return structlog.contextvars.bound_contextvars(ref=reference, kind=str(ask.kind), route=ask.id[:80])
