"""Rows as they come from a file or a sheet, before anybody has asked what they mean."""

from __future__ import annotations

from typing import Any

Cell = str | bool | int | float | list[Any]
"""A cell as it stands. A CSV has text alone. A sheet also has numbers, truths, and what is neither: a list of what it
is (see `store.sources.cells`) and what it shows, such as `["date", "2026-03-10"]`. An empty cell is an empty text."""
RawRow = tuple[int, list[Any]]
"""The line on which a row begins, counted from 1, and its cells (`Cell`). A plain tuple: a bundle has millions."""
