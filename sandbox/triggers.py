"""Trigger ids: each lets the app open one modal within three seconds of a person's act."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.errors import SlackError

TRIGGER_SECONDS = 3.0


@dataclass(slots=True)
class Trigger:
    """A person's act, and the conversation it was in; no channel: in a modal or the Home tab."""

    user: str
    made: float
    in_modal: bool
    channel: str = ""
    used: bool = False


class Triggers:
    """All trigger ids handed out.

    Source of the errors: https://docs.slack.dev/reference/methods/views.open
    """

    def __init__(self, clock: Callable[[], float] = time.time, seconds: float = TRIGGER_SECONDS) -> None:
        self.seconds = seconds
        self._clock = clock
        self._triggers: dict[str, Trigger] = {}
        self._lock = threading.Lock()

    def make(self, user_id: str, *, in_modal: bool = False, channel: str = "") -> str:
        """Make a trigger id for what this person has just done, `in_modal`, in a conversation or elsewhere."""
        now = self._clock()
        trigger_id = f"{int(now * 1000)}.{secrets.randbelow(10**12):012d}.{secrets.token_hex(16)}"
        with self._lock:
            self._triggers[trigger_id] = Trigger(user_id, now, in_modal, channel)
        return trigger_id

    def exchange(self, trigger_id: str, *, to_push: bool = False) -> Trigger:
        """Use up a trigger id. Raises invalid_, exchanged_ or expired_trigger_id.

        Only an act in a modal can push another modal on top of it; see
        https://github.com/slackapi/python-slack-sdk/issues/804
        """
        with self._lock:
            trigger = self._triggers.get(trigger_id)
            if trigger is None or (to_push and not trigger.in_modal):
                raise SlackError("invalid_trigger_id")
            if trigger.used:
                raise SlackError("exchanged_trigger_id")
            if self._clock() - trigger.made > self.seconds:
                raise SlackError("expired_trigger_id")
            trigger.used = True
            return trigger
