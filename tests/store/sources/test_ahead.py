"""A large bundle is read by processes of its own: the same rows, the same errors, and no process left behind."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from store.domain.imports import BrokenBundle, Part
from store.sources import ahead
from store.sources.ahead import read_parts
from store.sources.bundle import open_bundle
from store.sources.reading import CHUNK, Chunk
from tests.support.bundles import item, small_bundle, write_folder


def _heard(_file: str, _done: int, _of: int) -> None:
    pass


def _read(folder: Path) -> dict[Part, Chunk]:
    """All chunks of each part as one."""
    found: defaultdict[Part, Chunk] = defaultdict(Chunk)
    with open_bundle(folder, _heard) as bundle, closing(read_parts(bundle.parts, _heard)) as parts:
        for part, chunk in parts:
            known = found[part]
            found[part] = replace(
                known,
                read=known.read + chunk.read,
                rows=known.rows + chunk.rows,
                bad=known.bad + chunk.bad,
                types=known.types | chunk.types,
            )
    return dict(found)


def _children() -> set[int]:
    return {
        int(child)
        for task in Path("/proc/self/task").iterdir()
        for child in (task / "children").read_text(encoding="ascii").split()
    }


def test_read_ahead_or_here_rows_and_errors_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = small_bundle()
    bundle["order_items"] += [item(f"10248-{n}", "10248", "1", "x" if n % 1_000 == 0 else "1") for n in range(3, CHUNK)]
    bundle["orders"][0]["status"] = "wanted"
    folder = write_folder(tmp_path / "bundle", bundle)
    here = _read(folder)
    monkeypatch.setattr(ahead, "AHEAD_FROM", 0)
    before = _children()
    assert _read(folder) == here
    assert here[Part.ORDERS].bad
    assert here[Part.ORDER_ITEMS].bad
    assert _children() == before


def test_each_file_is_heard_of_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "AHEAD_FROM", 0)
    heard: dict[str, tuple[int, int]] = {}
    folder = write_folder(tmp_path / "bundle", small_bundle())
    with (
        open_bundle(folder, _heard) as bundle,
        closing(read_parts(bundle.parts, lambda file, done, of: heard.update({file: (done, of)}))) as parts,
    ):
        assert {part for part, _ in parts} == set(Part)
    assert heard == {part.file: (part.size, part.size) for part in bundle.parts}


def test_what_breaks_a_file_is_said_by_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_folder(tmp_path / "bundle", small_bundle())
    with (folder / "orders.csv").open("a", encoding="utf-8") as file:
        file.write('"an open quote')
    monkeypatch.setattr(ahead, "AHEAD_FROM", 0)
    with pytest.raises(BrokenBundle, match=r"^orders.csv, line 5: the quoting is broken"):
        _read(folder)


def test_a_reader_that_is_stopped_ends_the_import_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = small_bundle()
    bundle["order_items"] = [item(f"1-{n}", "10248", "1", "1") for n in range(CHUNK * 4)]
    folder = write_folder(tmp_path / "bundle", bundle)
    monkeypatch.setattr(ahead, "AHEAD_FROM", 0)
    before = _children()
    with (
        open_bundle(folder, _heard) as opened,
        closing(read_parts(opened.parts, _heard)) as parts,
    ):
        next(parts)
        for child in _children() - before:
            os.kill(child, signal.SIGKILL)
        with pytest.raises(BrokenBundle, match="its reader was stopped; import again"):
            list(parts)
    assert _children() == before
