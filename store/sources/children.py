"""Starts the processes that read for an import: with this Python, and without our secrets."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import store

PASSED_ON = ("PATH", "PYTHONPATH", "SYSTEMROOT", "LD_LIBRARY_PATH")
"""The parts of our environment that a child gets: no token, no database address."""


def command(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of the desk as a program."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment() -> dict[str, str]:
    """The child's environment, in which it finds the desk's modules."""
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    folder = str(Path(store.__path__[0]).parent)
    passed["PYTHONPATH"] = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH"))))
    return passed
