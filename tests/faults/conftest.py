"""What all tests of faults share."""

from __future__ import annotations

import pytest

from tests.support.effort import effort


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A long run kills ten times at each step: what depends on timing may succeed once by chance."""
    if effort(1, 10) > 1 and "kill" in metafunc.module.__name__:
        metafunc.fixturenames.append("turn")
        metafunc.parametrize("turn", range(effort(1, 10)))
