"""A file is there whole or not at all, whatever happens to its writer."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from store.domain.money import minor_digits
from store.workbooks import (
    CellRejected,
    Column,
    ColumnKind,
    DiskFull,
    Sheet,
    create_workbook,
    remove_unfinished,
    remove_unfinished_of,
    write_atomically,
)
from tests.store.workbooks.reading import seen_by_calamine

ITEMS = Sheet("Items", (Column("Line", ColumnKind.INTEGER),))
ORDERS = Sheet("Orders", (Column("Order No."),))


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_appears_when_it_is_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    with write_atomically(path) as file:
        file.write(b"half")
        assert not path.exists()
        (unfinished,) = tmp_path.iterdir()
        assert unfinished.stat().st_mode & 0o777 == 0o600
        file.write(b" and half")
    assert files_in(tmp_path) == {"orders.xlsx": b"half and half"}
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_replaces_the_one_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    path.write_bytes(b"old")
    with write_atomically(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert files_in(tmp_path) == {"orders.xlsx": b"new"}


def write_and_fail(path: Path, failure: BaseException) -> None:
    with write_atomically(path) as file:
        file.write(b"new")
        raise failure


@pytest.mark.parametrize("failure", [RuntimeError(), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_a_failure_leaves_what_was_there(tmp_path: Path, failure: BaseException) -> None:
    path = tmp_path / "orders.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(type(failure)):
        write_and_fail(path, failure)
    assert files_in(tmp_path) == {"orders.xlsx": b"old"}


def test_a_name_as_long_as_the_system_allows_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / ("o" * 250 + ".xlsx")
    with write_atomically(path) as file:
        file.write(b"content")
    assert files_in(tmp_path) == {path.name: b"content"}


def test_a_full_disk_is_said_plainly(tmp_path: Path) -> None:
    with (
        pytest.raises(DiskFull, match=r"no room left on the disk for orders\.xlsx") as full,
        write_atomically(tmp_path / "orders.xlsx"),
        Path("/dev/full").open("wb") as device,
    ):
        device.write(b"content")
    assert full.value.name == "orders.xlsx"
    assert files_in(tmp_path) == {}


def test_other_failures_of_the_disk_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), write_atomically(tmp_path / "nowhere" / "orders.xlsx"):
        pass


LIMITED = """
    import resource, signal, sys
    from datetime import UTC
    from pathlib import Path
    from store.workbooks import Column, DiskFull, Sheet, create_workbook

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    sheets = [Sheet("Orders", (Column("Order No."),)), Sheet("Items", (Column("Order No."),))]
    rows = ((f"{number * 7919 % 1_000_003}",) for number in range(10_000_000))
    folder = Path(sys.argv[1])
    try:
        with create_workbook(folder / "orders.xlsx", sheets, zone=UTC, minor_digits=len, scratch=folder) as book:
            book.sheet("Orders").write_rows([("first",)])
            book.sheet(sys.argv[2]).write_rows(rows)
    except DiskFull as error:
        print(error)
"""


@pytest.mark.parametrize("sheet", ["Orders", "Items"], ids=["in the file", "in a temporary file"])
def test_a_limit_reached_while_rows_are_written_leaves_nothing(tmp_path: Path, sheet: str) -> None:
    command = [sys.executable, "-c", textwrap.dedent(LIMITED), str(tmp_path), sheet]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.startswith("There is no room left on the disk for orders.xlsx. It was not written")
    assert done.stderr == ""
    assert files_in(tmp_path) == {}


def write_items(path: Path, rows: list[tuple[object, ...]]) -> None:
    with create_workbook(path, [ORDERS, ITEMS], zone=UTC, minor_digits=minor_digits, scratch=path.parent) as book:
        book.sheet("Orders").write_rows([("CS1",)])
        book.sheet("Items").write_rows(rows)


def test_a_workbook_at_a_path_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    with pytest.raises(CellRejected):
        write_items(path, [(1,), ("no number",)])
    assert files_in(tmp_path) == {}
    write_items(path, [(1,)])
    assert list(files_in(tmp_path)) == ["orders.xlsx"]
    assert seen_by_calamine(path.read_bytes(), "Items") == [["Line"], [1.0]]


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from store.workbooks import write_atomically

    with write_atomically(Path(sys.argv[1])) as file:
        file.write(b"content")
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_is_removed_when_it_is_old(tmp_path: Path) -> None:
    (tmp_path / "kept.xlsx").write_bytes(b"kept")
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path / "orders.xlsx")]
    assert subprocess.run(command, check=False).returncode < 0
    (left,) = [name for name in files_in(tmp_path) if name != "kept.xlsx"]

    assert remove_unfinished(tmp_path, timedelta(hours=1)) == 0
    assert left in files_in(tmp_path)
    two_hours_ago = (tmp_path / left).stat().st_mtime - 7_200
    os.utime(tmp_path / left, (two_hours_ago, two_hours_ago))
    assert remove_unfinished(tmp_path, timedelta(hours=1)) == 1
    assert list(files_in(tmp_path)) == ["kept.xlsx"]


_WRITER = """
import sys
from pathlib import Path
from store.workbooks import write_atomically
with write_atomically(Path(sys.argv[1])) as file:
    file.write(b"half")
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_what_a_process_is_writing_is_removed_before_it_is_killed_and_gets_no_name(tmp_path: Path) -> None:
    path = tmp_path / "file.xlsx"
    (tmp_path / f".{'0' * 32}.unfinished").touch()
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        assert len(list(tmp_path.iterdir())) == 2
        remove_unfinished_of(process.pid)
        # Even one that is not killed in time gives its file no name.
        process.communicate(b"")
    assert process.returncode != 0
    assert [found.name for found in tmp_path.iterdir()] == [f".{'0' * 32}.unfinished"]
    remove_unfinished_of(process.pid)
