"""What holds the code together beside the import contracts: ids, words for every error, and the size of files."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import store.domain
from bot.samples.screens import sample_views
from handlers import ROUTES
from handlers.kit import refusals
from handlers.kit.blocks import MODAL_BLOCKS, TITLE
from handlers.kit.interaction import PayloadKind
from handlers.kit.route import Route
from store.domain.errors import DomainError

ROOT = Path(__file__).parents[2]
FLOORS = ("bot", "handlers", "store")
MODULES = sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))
LONGEST = 480
"""Lines of the longest module. It only falls."""
SELDOM = 0.1
"""The part of all modules that may pass 300 lines. It only falls."""


def test_each_id_leads_to_one_listener() -> None:
    """The same action id registered twice: with Bolt the first silently wins, here the last would."""
    assert not [key for key, times in Counter((route.kind, route.id) for route in ROUTES).items() if times > 1]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.kind} {route.id}")
def test_ids_are_noun_and_verb(route: Route) -> None:
    assert len(route.id) <= 255
    match route.kind:
        case PayloadKind.COMMAND:
            assert re.fullmatch("/[a-z-]+( [a-z]+)?", route.id)
            assert route.description
        case PayloadKind.EVENT:
            assert re.fullmatch("[a-z_]+", route.id)
        case _:
            assert re.fullmatch(r"[a-z_]+\.[a-z_]+", route.id)


NEVER_SEEN_IN_SLACK = {
    "SchemaTooNew": "the program does not start",
    "DatabaseInUse": "the program does not start",
    "OtherWorkspace": "the program does not start",
    "InvalidPolicy": "the program does not start",
    "BrokenBundle": "bundles are imported from the command line",
    "InvalidMember": "members are kept from the command line",
    "LastAdmin": "members are kept from the command line",
    "NeedsConfirmation": "the form that would post answers it by asking",
    "InvalidMoney": "amounts typed in Slack are read as figures",
}
"""Errors that no listener can raise, each with the reason; all others have words for people."""


def _subclasses(kind: type[Exception]) -> Iterator[type[Exception]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


ERRORS = sorted(
    {kind for kind in _subclasses(DomainError) if kind.__module__.startswith(FLOORS)}, key=lambda kind: kind.__name__
)


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_that_can_reach_a_person_has_words(kind: type[DomainError]) -> None:
    has_words = refusals.sentence.dispatch(kind) is not refusals.sentence.dispatch(DomainError)
    assert has_words != (kind.__name__ in NEVER_SEEN_IN_SLACK)


def test_the_list_of_errors_without_words_is_not_out_of_date() -> None:
    assert set(NEVER_SEEN_IN_SLACK) <= {kind.__name__ for kind in ERRORS} | {"BrokenBundle"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_small_and_says_what_it_is_for(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source)), "no docstring"
    assert len(source.splitlines()) <= LONGEST


def test_few_modules_pass_300_lines() -> None:
    long = [path.name for path in MODULES if len(path.read_text(encoding="utf-8").splitlines()) > 300]
    assert len(long) <= len(MODULES) * SELDOM, long


def test_the_domain_imports_python_and_babel_alone() -> None:
    allowed = {"store", "babel", *sys.stdlib_module_names}
    for path in Path(store.domain.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert name.partition(".")[0] in allowed, f"{path.name}: {name}"
                assert not name.startswith("store.") or name.startswith("store.domain"), f"{path.name}: {name}"


def test_every_screen_has_a_sample_within_a_modals_blocks() -> None:
    for name, make in sample_views():
        blocks = make()["blocks"]
        assert isinstance(blocks, list)
        assert 0 < len(blocks) <= MODAL_BLOCKS, name


def _titles() -> Iterator[tuple[str, str]]:
    """The titles of screens and of errors that stand in the code as they are shown."""
    for path in (ROOT / "handlers").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
                continue
            title = node.args[0]
            named = node.func.id in ("Sentence", "modal", "notice_modal")
            if named and isinstance(title, ast.Constant) and isinstance(title.value, str):
                yield path.name, title.value


def test_no_title_is_cut() -> None:
    """Slack shows 24 characters of a modal's title; what is longer would lose its end."""
    titles = list(_titles())
    assert len(titles) > 20
    assert not [title for title in titles if len(title[1]) > TITLE]
