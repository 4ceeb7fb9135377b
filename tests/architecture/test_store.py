"""What holds the store together beside the import contracts: where SQL stands, and what the domain may know."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STORE = ROOT / "store"
SPEAK_SQL = ("queries", "tables", "migrations")
CONNECT = ("database.py", "database_url.py", "postgresql.py", "sqlite.py", "transactions.py")
MODULES = sorted(STORE.rglob("*.py"))
CONNECTIONS = {"Connection", "Engine"}
"""What services may know of SQLAlchemy: the connection that they hand on."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Every import as (module, name); the name is empty where the module itself is imported."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


@pytest.mark.parametrize("path", sorted((STORE / "domain").rglob("*.py")), ids=name_of)
def test_the_domain_knows_python_and_babel_alone(path: Path) -> None:
    known = {*sys.stdlib_module_names, "babel", "store"}
    assert {module.partition(".")[0] for module, _ in imports(path)} <= known
    assert all(module.startswith("store.domain") for module, _ in imports(path) if module.startswith("store"))


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.relative_to(STORE).parts[0] not in (*SPEAK_SQL, *CONNECT)],
    ids=name_of,
)
def test_sql_stands_in_queries_alone(path: Path) -> None:
    spoken = [
        (module, name)
        for module, name in imports(path)
        if module.partition(".")[0] in ("sqlalchemy", "sqlite3", "psycopg")
        # Errors are read by their names; they say no SQL.
        and module not in ("sqlalchemy.exc", "psycopg.errors")
    ]
    assert not [(module, name) for module, name in spoken if (module, name not in CONNECTIONS) != ("sqlalchemy", False)]
    assert not [module for module, _ in imports(path) if module.startswith("store.tables")]


@pytest.mark.parametrize("path", sorted((STORE / "queries").rglob("*.py")), ids=name_of)
def test_queries_know_no_use_case_and_no_time(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not called & {"datetime.now", "datetime.utcnow", "time.time", "system_clock", "func.now"}
    assert not [module for module, _ in imports(path) if module.startswith(("store.services", "alembic"))]
