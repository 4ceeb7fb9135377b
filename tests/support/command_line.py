"""The outcome of a command of the command line, for tests that run one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything that it printed, with white space as single spaces: a terminal may break lines anywhere."""
        return " ".join(re.sub("[│─┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛━┃┡┩╇]", " ", self.out + self.err).split())


Run = Callable[..., Ended]
