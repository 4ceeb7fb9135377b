"""How hard property tests try: as much as every run can afford, or more with SOAK=1."""

from __future__ import annotations

import os


def effort(each_run: int, soak: int) -> int:
    """The number of examples, steps or rounds: `soak` if the environment has SOAK=1."""
    return soak if os.environ.get("SOAK") == "1" else each_run
