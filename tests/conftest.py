"""Fixtures that all tests share, and what is said at the end of what was left out and why."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from store.database import Database
from tests.support.browser import launched
from tests.support.databases import empty, migrated_sqlite, missing_server, postgresql_database, sqlite_copy
from tests.support.desk import sent_folder

settings.register_profile(
    "ci",
    deadline=None,
    # A test's own setting of max_examples stands; a shared database is emptied by the test that draws examples.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.differing_executors],
    database=None,
)
settings.load_profile("ci")


def _missing_chromium() -> str:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    return "" if found else "no Chromium is installed; name one in CHROMIUM"


def _missing_libreoffice() -> str:
    return "" if shutil.which("soffice") else "no LibreOffice (soffice) is installed"


_NEEDS: dict[str, Callable[[], str]] = {
    "postgresql": missing_server,
    "chromium": _missing_chromium,
    "libreoffice": _missing_libreoffice,
}


_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30
"""Bytes in which the files of the tests that are running have room many times over."""


def pytest_xdist_auto_num_workers() -> int:
    # One more than there are cores: a good part of the tests waits for processes to start, and for what comes by the
    # clock. With more the whole takes no less time, and tests wait for each other.
    return len(os.sched_getaffinity(0)) + 1


def pytest_configure(config: pytest.Config) -> None:
    # Files go to memory where there is room, unless the environment names another place: a third of the run would be
    # waiting for the disk. A killed process loses no more there than on a disk, and no test cuts the power.
    chosen = {"PYTEST_DEBUG_TEMPROOT", "TMPDIR"} & os.environ.keys()
    if not chosen and _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(_MEMORY)
    coverage = config.pluginmanager.getplugin("_cov")
    if coverage is not None and any(missing() for missing in _NEEDS.values()):
        # Tests that are left out cover nothing: the floor is that of a whole run.
        coverage.options.cov_fail_under = 0
    # Left to itself it draws each traceback with all its variables, which takes a busy machine seconds: the bot's
    # answer would come too late for Slack.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, plain])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Tracing makes a test of the whole desk take twice as long. What runs over both databases is traced over SQLite
    # alone, except for queries, services and migrations: their tests alone count the code for PostgreSQL.
    named = {item.nodeid for item in items}
    for item in items:
        whole = not item.nodeid.startswith(("tests/store/queries", "tests/store/services", "tests/store/test_"))
        if whole and item.get_closest_marker("postgresql") and item.nodeid.replace("postgresql", "sqlite") in named:
            item.add_marker("no_cover")


def pytest_sessionstart(session: pytest.Session) -> None:
    # The process that hands out the tests begins alone, before any worker keeps something.
    if not hasattr(session.config, "workerinput"):
        shutil.rmtree(sent_folder(), ignore_errors=True)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for need, missing in _NEEDS.items():
        if item.get_closest_marker(need) is None:
            continue
        reason = missing()
        if not reason:
            continue
        if os.environ.get(f"REQUIRE_{need.upper()}") == "1":
            pytest.fail(f"REQUIRE_{need.upper()}=1, but {reason}", pytrace=False)
        pytest.skip(reason)


@pytest.hookimpl(trylast=True)  # the last word, below the table of coverage
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        if isinstance(report.longrepr, tuple):
            reasons[str(report.longrepr[2]).removeprefix("Skipped: ")] += 1
    if reasons:
        terminalreporter.section("left out")
    for reason, number in sorted(reasons.items()):
        terminalreporter.write_line(f"{number} test{'' if number == 1 else 's'}: {reason}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium that speaks to loopback only, for tests marked `chromium`; one for each process."""
    with launched() as running:
        yield running


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy, never to open."""
    return migrated_sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Database]:
    """This process's PostgreSQL database, as the last test left it: tests ask for `database` or `postgresql_only`."""
    with postgresql_database() as database:
        yield database


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database."""
    with sqlite_copy(sqlite_template, tmp_path) as database:
        yield database


@pytest.fixture
def postgresql_only(postgresql: Database) -> Database:
    """An empty PostgreSQL database, for tests marked `postgresql`."""
    empty(postgresql)
    return postgresql


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty, migrated database: every test that asks for it runs over SQLite and over PostgreSQL."""
    name = "sqlite_database" if request.param == "sqlite" else "postgresql_only"
    made: Database = request.getfixturevalue(name)
    return made
