"""The report of an import: its counts, its bad rows, and why a bundle cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from store.domain.errors import DomainError
from store.domain.money import Money
from store.domain.orders.order import OrderStatus

MAX_SHOWN = 60
"""The most characters of a bad value in a report."""


class Part(StrEnum):
    """The parts of a bundle, in the order in which they are read: files of a folder, or sheets of a workbook."""

    CUSTOMERS = "customers"
    ORDERS = "orders"
    ORDER_ITEMS = "order_items"
    ORDER_DISCOUNTS = "order_discounts"
    MEMBERS = "members"


REQUIRED_PARTS = (Part.CUSTOMERS, Part.ORDERS, Part.ORDER_ITEMS)


def shorten(value: str | None) -> str:
    """A value for a report: on one line, cut if it is long."""
    text = " ".join((value or "").split())
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"


def place(file: str, line: int) -> str:
    """A location in words: files have lines, sheets have rows."""
    return f"{file}, row {line}" if file.startswith("sheet ") else f"{file}, line {line}"


@dataclass(frozen=True, slots=True)
class BadRow:
    """An error in a bundle, its location, and its reason in plain words."""

    file: str
    """`orders.csv`, or `sheet orders` of a workbook."""
    line: int
    """The line of the file, or the row of the sheet, counted from 1 with the header."""
    column: str
    """Empty if the error concerns the whole row."""
    value: str
    """Shortened."""
    reason: str
    owner: str | None = None
    """For a part of an order, the order's folded number; for a customer, its id. A bad row rejects its whole owner."""

    def __str__(self) -> str:
        where = place(self.file, self.line)
        what = f"{self.column} “{self.value}”" if self.column and self.value else self.column
        return f"{where}: {what} {self.reason}" if what else f"{where}: {self.reason}"


@dataclass(eq=False)
class BrokenBundle(DomainError):
    """A bundle, or a part of it, that cannot be read. Nothing was written, not even the good rows."""

    file: str
    reason: str
    line: int | None = None

    def __str__(self) -> str:
        where = self.file if self.line is None else place(self.file, self.line)
        return f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class PartReport:
    """The outcome for one part's rows."""

    part: Part
    file: str
    read: int
    new: int
    changed: int
    unchanged: int
    removed: int
    """Rows of orders in the bundle that the desk had and the bundle no longer has."""
    rejected: int
    """Bad rows, and good rows of an order that was rejected whole."""


@dataclass(frozen=True, slots=True)
class Override:
    """An order whose price adjustment the source overrode with another price or status."""

    number: str
    """The adjustment's number, as `PA-1042`."""
    order_id: str
    price: Money
    """The price after the adjustment."""
    source_price: Money
    """The source's price, which now applies."""
    status: OrderStatus
    source_status: OrderStatus

    def __str__(self) -> str:
        return (
            f"{self.order_id}: its source has {self.source_price} ({self.source_status.label}), where {self.number} "
            f"had made it {self.price} ({self.status.label}); the source's holds"
        )


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or, if nothing was written, what it found."""

    bundle: str
    parts: tuple[PartReport, ...]
    bad_rows: tuple[BadRow, ...]
    """The first ones, in the order of files and lines."""
    bad_count: int
    """The number of all bad rows."""
    written: bool
    """False for a dry run, and if bad rows stopped the import."""
    dry_run: bool
    seconds: float
    rejected_path: Path | None = None
    """The file of the rejected rows, if one was written. Once fixed, it can be imported as a bundle."""
    overridden: tuple[Override, ...] = ()
    """Adjusted orders that the source describes otherwise."""
    left_alone: tuple[str, ...] = ()
    """Files or sheets that are not parts of the bundle, and were not read."""

    @property
    def read(self) -> int:
        """The rows of all parts."""
        return sum(part.read for part in self.parts)

    @property
    def rows_per_second(self) -> float:
        """The rows of all parts, read, judged and written."""
        return self.read / self.seconds if self.seconds else 0.0

    @property
    def unchanged(self) -> bool:
        """Whether the desk already had everything in the bundle."""
        return not any(part.new or part.changed or part.removed or part.rejected for part in self.parts)
