"""A Route: one request that Slack can send, who may send it, and what answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handlers.kit.deps import Deps
from handlers.kit.interaction import Interaction, PayloadKind
from handlers.kit.replies import Done, Reply, Unchanged
from store.domain.people import Capability

Listener = Callable[[Interaction, Deps], Reply]
"""Reads the request, asks a service, returns what to show. It calls Slack only through its Reply."""
Writer = Callable[[Interaction, Deps], Done | Unchanged]
"""Like a Listener, but it may change something: its answer says whether it did."""


@dataclass(frozen=True, slots=True)
class Route:
    """One request that Slack can send. Only members reach a listener; `capability` narrows further."""

    kind: PayloadKind
    id: str
    listener: Listener | Writer
    capability: Capability
    description: str = ""
    """For commands: the text that Slack shows with the command."""
    usage_hint: str = ""
    fresh: bool = False
    """For decisions: Slack is asked again who the person is, and no earlier answer counts."""
    writes: bool = False
    """Whether it may change something; its listener is then a Writer."""
    shows: bool = False
    """Whether it only shows something; then it is acknowledged first, and read and drawn afterwards."""

    def __post_init__(self) -> None:
        if self.shows and (self.fresh or self.writes or self.kind not in (PayloadKind.COMMAND, PayloadKind.ACTION)):
            raise ValueError(f"{self.id}: what is decided, or asked for in the acknowledgement, is not merely shown")


def command(
    id_: str, listener: Listener, capability: Capability, description: str, usage_hint: str = "", *, shows: bool = False
) -> Route:
    """A slash command, with what Slack shows while it is typed."""
    return Route(PayloadKind.COMMAND, id_, listener, capability, description, usage_hint, shows=shows)


def action(id_: str, listener: Listener, capability: Capability, *, shows: bool = False) -> Route:
    """A button, an entry of a menu, or another interactive element, by its action id."""
    return Route(PayloadKind.ACTION, id_, listener, capability, shows=shows)


def submission(id_: str, listener: Listener, capability: Capability) -> Route:
    """A modal's submission, by its callback id."""
    return Route(PayloadKind.SUBMISSION, id_, listener, capability)


def writing_command(id_: str, writer: Writer, capability: Capability, description: str, usage_hint: str = "") -> Route:
    """A slash command that may change something."""
    return Route(PayloadKind.COMMAND, id_, writer, capability, description, usage_hint, fresh=True, writes=True)


def writing_action(id_: str, writer: Writer, capability: Capability) -> Route:
    """A button or an entry of a menu that may change something."""
    return Route(PayloadKind.ACTION, id_, writer, capability, fresh=True, writes=True)


def writing_submission(id_: str, writer: Writer, capability: Capability) -> Route:
    """A modal's submission that may change something."""
    return Route(PayloadKind.SUBMISSION, id_, writer, capability, fresh=True, writes=True)


def options(id_: str, listener: Listener, capability: Capability) -> Route:
    """The options of a select while somebody types, by its action id."""
    return Route(PayloadKind.OPTIONS, id_, listener, capability)


def event(id_: str, listener: Listener, capability: Capability) -> Route:
    """An event from Slack, by its type."""
    return Route(PayloadKind.EVENT, id_, listener, capability)
