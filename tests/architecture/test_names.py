"""One name, one class: a name that is read anywhere in the product means one thing."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLOORS = ("bot", "handlers", "store")


def class_names(source: str) -> list[str]:
    """The classes of a module that are not inside another class or function."""
    return [node.name for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]


def test_no_two_classes_have_the_same_name() -> None:
    modules = [path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")]
    names = Counter(name for path in modules for name in class_names(path.read_text(encoding="utf-8")))
    assert names
    assert [name for name, times in names.items() if times > 1] == []
