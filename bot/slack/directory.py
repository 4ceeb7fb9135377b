"""People as Slack describes them: time zone, locale, and their workspaces. Kept for about a minute."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from time import monotonic

from babel import Locale, UnknownLocaleError
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack.asking import WAIT_SECONDS, Asking
from bot.slack.errors import Verdict, failure_of
from bot.slack.standing import Affiliation, affiliation
from bot.time_zones import time_zones

CHANGE_EVENT = "user_change"
"""Slack's event that a person has changed, to which the app subscribes.

https://docs.slack.dev/reference/events/user_change
"""
KEPT_SECONDS = 60.0
"""The most seconds for which a person who is no longer a full member can still read, if no event reports it."""
LIMITED_SECONDS = 300.0
"""The same while Slack limits requests, so that a large desk can go on reading. No decisions are made meanwhile."""
REFRESH_SECONDS = 40.0
"""An older answer, when used, is renewed in the background, so that people at work never wait for Slack.

That makes 1.5 requests a minute for each person at work; Slack answers a hundred a minute and more.
https://docs.slack.dev/reference/methods/users.info
"""
SHOWN_SECONDS = 3600.0
"""How long a time zone and a locale are recent enough to format times and figures."""
MAX_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as Slack describes them."""

    affiliation: Affiliation
    """Their workspaces."""
    time_zone: str
    """IANA name; the desk's own if Slack names none, or one that is unknown here."""
    locale: str
    """Babel's form."""


@dataclass(frozen=True, slots=True)
class _Told:
    at: float
    """When Slack was asked, not when it answered."""
    profile: Profile


class Directory:
    """Looks people up with `users.info`. `now` returns seconds that only increase.

    Raises slack_sdk.errors.SlackApiError or one of UNREACHED if Slack does not answer: who somebody is, is never
    guessed.
    """

    def __init__(
        self,
        client: WebClient,
        asking: Asking,
        time_zone: str,
        locale: str,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._client = client
        self._asking = asking
        self._time_zone = time_zone
        self._locale = locale
        self._now = now
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Told] = OrderedDict()
        self._changes = 0
        self._quiet_until = 0.0
        self._limited: SlackApiError | None = None

    def profile(self, user_id: str, *, fresh: bool = False, seconds: float = WAIT_SECONDS) -> Profile:
        """The requester, for an answering thread, which waits at most `seconds`.

        From the last minute; `fresh`: Slack is asked after this call, as decisions require.
        """
        kept = None if fresh else self._find(user_id, LIMITED_SECONDS if self._limits() else KEPT_SECONDS)
        ask = partial(self._look_up, user_id)
        keep = partial(self._keep, user_id)
        if kept is None:
            self._heed()
            have = partial(self._find, user_id, 0.0 if fresh else KEPT_SECONDS)
            told: _Told = self._asking.result(user_id, ask, seconds=seconds, fresh=fresh, keep=keep, have=have)
            return told.profile
        if self._now() - kept.at >= REFRESH_SECONDS and not self._limits():
            self._asking.ask_ahead(user_id, ask, keep)
        return kept.profile

    def ask(self, user_id: str) -> Profile:
        """The person as they are now, for a thread that can wait for Slack."""
        return self._look_up(user_id).profile

    def reader(self, user_id: str) -> Profile:
        """The person as a reader of times and figures, from the last hour. For a thread that can wait."""
        kept = self._find(user_id, SHOWN_SECONDS)
        if kept is None:
            changes = self._changes
            kept = self._look_up(user_id)
            if changes == self._changes:
                self._keep(user_id, kept)
        return kept.profile

    def forget(self, user_id: str) -> None:
        """The person has changed: answers to earlier questions no longer count."""
        self._asking.outdate(user_id)
        with self._lock:
            self._changes += 1
            self._kept.pop(user_id, None)

    def _find(self, user_id: str, seconds: float) -> _Told | None:
        with self._lock:
            kept = self._kept.get(user_id)
        return kept if kept is not None and self._now() - kept.at < seconds else None

    def _keep(self, user_id: str, told: _Told) -> None:
        with self._lock:
            before = self._kept.get(user_id)
            if before is not None and before.at > told.at:
                return
            self._kept[user_id] = told
            self._kept.move_to_end(user_id)
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)

    def _look_up(self, user_id: str) -> _Told:
        at = self._now()
        try:
            answer = self._client.users_info(user=user_id, include_locale=True)
        except SlackApiError as error:
            failure = failure_of(error)
            if failure.verdict is Verdict.WAIT:
                self._quiet_until, self._limited = self._now() + failure.seconds, error
            raise
        user = answer.get("user")
        return _Told(at, self._read(user if isinstance(user, Mapping) else {}))

    def _limits(self) -> bool:
        """Whether Slack's rate limit still applies."""
        return self._now() < self._quiet_until

    def _heed(self) -> None:
        """Raises the refusal again as long as Slack's rate limit applies."""
        if self._limited is not None and self._limits():
            raise SlackApiError("Slack wants to be left alone", self._limited.response)  # type: ignore[no-untyped-call]

    def _read(self, user: Mapping[str, object]) -> Profile:
        zone = str(user.get("tz") or "")
        return Profile(
            affiliation=affiliation(user),
            time_zone=zone if zone in time_zones() else self._time_zone,
            locale=babel_locale(str(user.get("locale") or ""), self._locale),
        )


def babel_locale(slack_locale: str, otherwise: str) -> str:
    """Slack's `de-DE` in Babel's form; the language alone if Babel does not know the country, otherwise `otherwise`."""
    named = slack_locale.replace("-", "_")
    for name in (_SLACKS_OWN.get(named, named), named.partition("_")[0]):
        try:
            return str(Locale.parse(name))
        except (UnknownLocaleError, ValueError):
            continue
    return otherwise


_SLACKS_OWN = {"es_LA": "es_419"}
"""Locales for which Slack has its own names: Spanish in Latin America."""
