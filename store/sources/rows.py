"""Rows as they come from a file or a sheet, before anybody has asked what they mean."""

from __future__ import annotations

from collections.abc import Mapping

RawRow = tuple[int, list[str], Mapping[int, str] | None]
"""The line on which a row begins, counted from 1; its cells as text; and why a cell has no text of its own (a formula,
an error value), by its place. A plain tuple: there are as many as the bundle has rows."""
