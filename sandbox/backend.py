"""What Slack's servers keep and do for a workspace: its state, and the parts that work on it."""

from __future__ import annotations

from sandbox.delivery import Delivery
from sandbox.faults import Faults
from sandbox.files import Files
from sandbox.messages import Messages
from sandbox.responses import ResponseUrls
from sandbox.team import Team
from sandbox.triggers import Triggers
from sandbox.views import Views


class Backend(Team):
    """The state with its parts. Each part knows the state and the parts below it, never this whole."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.faults = Faults()
        self.triggers = Triggers(self.clock)
        self.messages = Messages(self)
        self.views = Views(self)
        self.files = Files(self, self.messages)
        self.responses = ResponseUrls(self, self.messages)
        self.delivery = Delivery(self)
