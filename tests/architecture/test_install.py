"""What an installation brings: `serve` without the sandbox's packages, and no more distributions than it needs."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
MOST = 40
PIN = re.compile(r"^([a-z0-9-]+)==", re.MULTILINE)


def needed(name: str, extra: str = "") -> set[str]:
    """The distribution and all that it needs on this machine, by normalised name, `extra` included."""
    found: dict[tuple[str, str], None] = {}
    waiting = [(name, extra)]
    while waiting:
        distribution, wanted = waiting.pop()
        if (distribution, wanted) in found:
            continue
        found[distribution, wanted] = None
        for text in requires(distribution) or ():
            requirement = Requirement(text)
            if requirement.marker is not None and not requirement.marker.evaluate({"extra": wanted}):
                continue
            normalised = re.sub(r"[-_.]+", "-", requirement.name).lower()
            waiting.extend((normalised, each) for each in ("", *requirement.extras))
    return {distribution for distribution, _ in found}


def pinned(lock: str) -> set[str]:
    return set(PIN.findall((ROOT / lock).read_text(encoding="utf-8")))


def test_a_production_install_is_small() -> None:
    assert len(needed("order-desk")) <= MOST
    assert len(pinned("requirements.lock")) < MOST


@pytest.mark.parametrize(
    ("lock", "extra"), [("requirements.lock", ""), ("requirements-demo.lock", "demo"), ("requirements-dev.lock", "dev")]
)
def test_the_lock_pins_all_that_is_needed(lock: str, extra: str) -> None:
    assert needed("order-desk", extra) - {"order-desk"} <= pinned(lock)


def test_serving_needs_none_of_the_demos_packages() -> None:
    only_for_the_demo = needed("order-desk", "demo") - needed("order-desk")
    assert {"nicegui", "fastapi", "uvicorn"} <= only_for_the_demo
    script = "import bot.cli, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not {name.replace("_", "-") for name in said.stdout.split()} & {*only_for_the_demo, "sandbox"}
