"""Ids and secrets that look like Slack's."""

import secrets
import string

_LETTERS = string.ascii_uppercase + string.digits


def make_id(prefix: str) -> str:
    """An id such as `U07K3F9QWZ1`: the prefix letter(s), then ten letters and digits."""
    return prefix + "0" + "".join(secrets.choice(_LETTERS) for _ in range(9))


def short_id() -> str:
    """What Slack fills in for a missing block_id or action_id: five letters and digits."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(5))


def make_secret(prefix: str = "") -> str:
    """A random secret of 128 bits in hexadecimal, after `prefix`."""
    return prefix + secrets.token_hex(16)
