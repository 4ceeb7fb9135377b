"""The command line, run in this process, and a sandbox workspace for it to use."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bot import cli
from bot.settings import Settings
from sandbox.server import SandboxServer
from sandbox.workspace import Workspace
from tests.support.command_line import Ended, Run
from tests.support.desk import make_workspace


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs `python -m bot …` in an empty folder, through its main function."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    for console in (cli.out, cli.err):
        monkeypatch.setattr(console, "_width", 300)
    monkeypatch.setenv("NO_COLOR", "1")
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    root = logging.getLogger()
    handlers, level, configured = root.handlers[:], root.level, structlog.get_config()

    def run_(*arguments: str, **environment: str) -> Ended:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["order-desk", *arguments])
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return Ended(code, captured.out, captured.err)

    yield run_
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configured)


@pytest.fixture
def slack() -> Iterator[tuple[Workspace, dict[str, str]]]:
    workspace, *_ = make_workspace()
    with SandboxServer(workspace) as server:
        yield (
            workspace,
            {
                "SLACK_BOT_TOKEN": workspace.bot_token,
                "SLACK_SIGNING_SECRET": workspace.signing_secret,
                "SLACK_API_URL": server.api_url,
            },
        )
