"""The meaning of a Web API error for the caller: wait, try again, doubt, or give up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException
from typing import Any

from slack_sdk.errors import SlackApiError

UNREACHED = (OSError, HTTPException)
"""What a call raises if its answer did not come."""


class Verdict(StrEnum):
    """What the caller knows after a failed call."""

    WAIT = "wait"
    """Slack asks for no more such calls for a while."""
    DOUBT = "doubt"
    """It may have had its effect."""
    REVOKED = "revoked"
    """The bot's token no longer works: no call will succeed."""
    GONE = "gone"
    """Its message no longer exists, or is not the bot's to change."""
    REFUSED = "refused"
    """It had no effect, and will have none again."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call failed. `seconds` is how long Slack asks to wait."""

    verdict: Verdict
    code: str
    seconds: float = 0.0


_REVOKED = frozenset(
    {"token_revoked", "token_expired", "account_inactive", "invalid_auth", "not_authed", "org_login_required"}
)
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
_DOUBT = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable"})
"""After these, Slack says, a part may have been done. https://docs.slack.dev/reference/methods/chat.postMessage"""
_PATIENCE = 30.0


def failure_of(error: Exception) -> Failure:
    """The meaning of a call's error. Raises the error again if no call caused it."""
    if isinstance(error, UNREACHED):
        return Failure(Verdict.DOUBT, "no_answer")
    if not isinstance(error, SlackApiError):
        raise error
    response: Any = error.response
    code = str(response.data.get("error", "")) if isinstance(response.data, Mapping) else ""
    if response.status_code == 429 or code == "ratelimited":
        return Failure(Verdict.WAIT, "ratelimited", _seconds(response.headers))
    if response.status_code >= 500:
        return Failure(Verdict.DOUBT, f"http_{response.status_code}")
    if code in _DOUBT:
        return Failure(Verdict.DOUBT, code)
    if code in _REVOKED:
        return Failure(Verdict.REVOKED, code)
    return Failure(Verdict.GONE if code in _GONE else Verdict.REFUSED, code[:64] or f"http_{response.status_code}")


def _seconds(headers: Mapping[str, str]) -> float:
    given = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    try:
        return min(max(float(given), 1.0), 600.0)
    except ValueError:
        return _PATIENCE
