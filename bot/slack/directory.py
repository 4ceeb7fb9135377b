"""What Slack tells of people: time zone, locale, and whether they are full members. Kept for an hour."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from babel import Locale, UnknownLocaleError
from slack_sdk import WebClient

from bot.slack.standing import Affiliation, affiliation
from bot.time_zones import time_zones

KEPT_SECONDS = 3600.0
MAX_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as Slack describes them."""

    affiliation: Affiliation
    """The workspaces they are in."""
    time_zone: str
    """IANA name; the desk's own where Slack tells none, or one that is unknown here."""
    locale: str
    """Babel's form."""


class Directory:
    """Looks people up with `users.info`, and keeps the answer for an hour.

    Raises slack_sdk.errors.SlackApiError or an OSError where Slack does not answer: who somebody is, is never guessed.
    """

    def __init__(self, client: WebClient, time_zone: str, locale: str, now: Callable[[], float] = monotonic) -> None:
        self._client = client
        self._time_zone = time_zone
        self._locale = locale
        self._now = now
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, Profile]] = OrderedDict()

    def profile(self, user_id: str, *, fresh: bool = False) -> Profile:
        """The person's profile; `fresh` asks Slack anew, as decisions do."""
        now = self._now()
        with self._lock:
            kept = self._kept.get(user_id)
        if kept and not fresh and now - kept[0] < KEPT_SECONDS:
            return kept[1]
        answer = self._client.users_info(user=user_id, include_locale=True)
        profile = self._read(answer["user"])
        with self._lock:
            self._kept[user_id] = (now, profile)
            self._kept.move_to_end(user_id)
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return profile

    def forget(self, user_id: str) -> None:
        """The next look-up asks Slack."""
        with self._lock:
            self._kept.pop(user_id, None)

    def _read(self, user: dict[str, object]) -> Profile:
        zone = str(user.get("tz") or "")
        return Profile(
            affiliation=affiliation(user),
            time_zone=zone if zone in time_zones() else self._time_zone,
            locale=babel_locale(str(user.get("locale") or ""), self._locale),
        )


def babel_locale(slack_locale: str, otherwise: str) -> str:
    """Slack's `de-DE` in Babel's form; the language alone where Babel knows no such country of it, else `otherwise`."""
    named = slack_locale.replace("-", "_")
    for name in (_SLACKS_OWN.get(named, named), named.partition("_")[0]):
        try:
            return str(Locale.parse(name))
        except (UnknownLocaleError, ValueError):
            continue
    return otherwise


_SLACKS_OWN = {"es_LA": "es_419"}
"""Locales that Slack names in a way of its own: Spanish of Latin America."""
