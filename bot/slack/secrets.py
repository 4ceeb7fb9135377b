"""The form of Slack's tokens and signing secret, and where to find them."""

from __future__ import annotations

WHERE = {
    "slack_bot_token": "the bot token (xoxb-…), from OAuth & Permissions of your Slack app",
    "slack_app_token": "the app token (xapp-…, scope connections:write), for Socket Mode",
    "slack_signing_secret": "the signing secret, from Basic Information of your Slack app, for HTTP",
}
"""Where to get each setting, by its name."""

_PREFIX = {"slack_bot_token": "xoxb-", "slack_app_token": "xapp-"}
_SECRETS = {
    "xoxb-": "a bot token",
    "xapp-": "an app token",
    "xoxp-": "a user token",
    "xoxe.": "a token that expires, of an app with token rotation, which cannot be turned off; make the app again",
    "xoxe-": "a refresh token",
    "xox": "another kind of token",
    "xwfp-": "a workflow's token",
    "https://": "an address",
}
"""The prefixes of Slack's secrets."""


def wrong_secret(name: str, word: str) -> str:
    """Why a nonempty word cannot be the secret of the setting `name`; empty if it can be. Reveals nothing of it."""
    prefix = next((each for each in _SECRETS if word.startswith(each)), "")
    wanted = _PREFIX.get(name, "")
    if prefix == wanted and word != prefix:
        return ""
    what = _SECRETS[prefix] if prefix and prefix != wanted else ""
    is_that = f"that is {what}; " if what else ""
    return f"{is_that}must be {WHERE[name]}" if what or wanted else ""
