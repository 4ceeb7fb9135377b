"""What an import of orders says of itself: its counts, its bad rows, and why a bundle cannot be read at all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from store.domain.errors import DomainError
from store.domain.money import Money
from store.domain.orders.order import OrderStatus

MAX_SHOWN = 60
"""Characters of a bad value that a report repeats."""


class Part(StrEnum):
    """The parts of a bundle, in the order in which they are read: files of a folder, or sheets of a workbook."""

    CUSTOMERS = "customers"
    ORDERS = "orders"
    ORDER_ITEMS = "order_items"
    ORDER_DISCOUNTS = "order_discounts"
    MEMBERS = "members"


REQUIRED_PARTS = (Part.CUSTOMERS, Part.ORDERS, Part.ORDER_ITEMS)


def shorten(value: str | None) -> str:
    """A value as a report repeats it: one line, its beginning where it is long."""
    text = " ".join((value or "").split())
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"


def place(file: str, line: int) -> str:
    """Where something stands, in words: files have lines, sheets have rows."""
    return f"{file}, row {line}" if file.startswith("sheet ") else f"{file}, line {line}"


@dataclass(frozen=True, slots=True)
class BadRow:
    """Something wrong in a bundle, where it stands, and why it is wrong, in plain words."""

    file: str
    """`orders.csv`, or `sheet orders` of a workbook."""
    line: int
    """The line of the file, or the row of the sheet, counted from 1, the header included."""
    column: str
    """Empty where the whole row is meant."""
    value: str
    """Shortened."""
    reason: str
    owner: str | None = None
    """Of a part of an order, the order's folded number; of a customer, its id. What is bad spoils its owner whole."""

    def __str__(self) -> str:
        where = place(self.file, self.line)
        what = f"{self.column} “{self.value}”" if self.column and self.value else self.column
        return f"{where}: {what} {self.reason}" if what else f"{where}: {self.reason}"


@dataclass(eq=False)
class BrokenBundle(DomainError):
    """A bundle, or a part of it, that cannot be read. Nothing was written, whatever else is good in it."""

    file: str
    reason: str
    line: int | None = None

    def __str__(self) -> str:
        where = self.file if self.line is None else place(self.file, self.line)
        return f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class PartReport:
    """What became of one part's rows."""

    part: Part
    file: str
    read: int
    new: int
    changed: int
    unchanged: int
    removed: int
    """Rows of orders in the bundle that the desk had and the bundle has no more."""
    rejected: int
    """Bad rows, and good ones of an order that was rejected whole."""


@dataclass(frozen=True, slots=True)
class Override:
    """An order over whose price adjustment the source won: it knows another price or another status."""

    number: str
    """The adjustment's, as `PA-1042`."""
    order_id: str
    price: Money
    """After the adjustment."""
    source_price: Money
    """What the source says, and what holds."""
    status: OrderStatus
    source_status: OrderStatus

    def __str__(self) -> str:
        return (
            f"{self.order_id}: its source has {self.source_price} ({self.source_status.label}), where {self.number} "
            f"had made it {self.price} ({self.status.label}); the source's holds"
        )


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or, where nothing was written, what it found."""

    bundle: str
    parts: tuple[PartReport, ...]
    bad_rows: tuple[BadRow, ...]
    """The first of them, in the order of the files and lines."""
    bad_count: int
    """All of them."""
    written: bool
    """False for a dry run, and where bad rows stopped it."""
    dry_run: bool
    seconds: float
    rejected_path: Path | None = None
    """The file of the rejected rows, where one was written; itself a bundle, for what is fixed in it."""
    overridden: tuple[Override, ...] = ()
    """Adjusted orders of which the source knows otherwise."""
    left_alone: tuple[str, ...] = ()
    """Files or sheets beside the bundle's parts, which were not read."""

    @property
    def read(self) -> int:
        """Rows of all parts."""
        return sum(part.read for part in self.parts)

    @property
    def rows_per_second(self) -> float:
        """Rows of all parts, read, judged and written."""
        return self.read / self.seconds if self.seconds else 0.0

    @property
    def unchanged(self) -> bool:
        """Whether the desk already had everything as the bundle has it."""
        return not any(part.new or part.changed or part.removed or part.rejected for part in self.parts)
