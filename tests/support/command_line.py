"""How a command of the command line ended, for tests that run one."""

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
        """All its words, with white space as single spaces: a terminal breaks lines where it likes."""
        return " ".join(re.sub("[│─┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛━┃┡┩╇]", " ", self.out + self.err).split())


Run = Callable[..., Ended]
