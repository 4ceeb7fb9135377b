"""How hard property tests try: as much as every run can bear, or, with SOAK=1, for as long as it takes."""

from __future__ import annotations

import os


def effort(each_run: int, soak: int) -> int:
    """The number of examples, steps or rounds: `soak` where the environment says SOAK=1."""
    return soak if os.environ.get("SOAK") == "1" else each_run
