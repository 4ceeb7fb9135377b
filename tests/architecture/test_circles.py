"""No import circles: a module can be read, tested and changed after those that it imports, and before the others."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

PACKAGES = ("bot", "handlers", "store", "sandbox")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """All imports between modules, those for types alone included."""
    return grimp.build_graph(*PACKAGES, cache_dir=None, exclude_type_checking_imports=False)


def circle(imports: dict[str, set[str]]) -> list[str]:
    """The modules of one circle, each imported by the next; none where there is no circle."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_imports_itself_through_others(graph: grimp.ImportGraph) -> None:
    assert circle({module: graph.find_modules_directly_imported_by(module) for module in graph.modules}) == []


def test_a_circle_is_found() -> None:
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"b"}})) == {"b", "c"}
