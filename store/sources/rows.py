"""Rows from a file or a sheet, before their cells are interpreted."""

from __future__ import annotations

from typing import Any

Cell = str | bool | int | float | list[Any]
"""A cell. A CSV contains only text. A sheet also has numbers, truth values and others: those are lists of their kind
(see `store.sources.cells`) and what they show, such as `["date", "2026-03-10"]`. An empty cell is an empty text.
"""
RawRow = tuple[int, list[Any]]
"""The line on which a row begins, counted from 1, and its cells (`Cell`). A plain tuple: a bundle has millions."""
