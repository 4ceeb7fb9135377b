"""A headless Chromium for tests: the one that CHROMIUM names, or the machine's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

PATIENCE = 30_000
"""Milliseconds that a page may take for anything: the machine may be busy."""
expect.set_options(timeout=PATIENCE)

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Options that keep it on loopback, and let it run as root in a container."""


@contextmanager
def launched() -> Iterator[Browser]:
    """A running browser. Tests that use it are marked `chromium`, and are skipped if there is none."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert found is not None
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=list(SWITCHES))
        yield running
        running.close()
