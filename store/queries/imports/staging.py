"""Where the rows of an import stand before they are merged: tables that end with the work.

Whole numbers and texts only, alike in both databases: amounts in ten-thousandths of the currency's unit, times in
microseconds since 1970, truth as 0 and 1. Knows no rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    Row,
    Select,
    Table,
    Text,
    delete,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.types import TypeEngine

from store.domain.fields import Field, Kind, staged_fields
from store.domain.imports import BadRow, Part
from store.queries.dialect import dialect_of

UNIT = 10_000
"""How many units of staged amounts make a currency's unit."""
_WHOLE = BigInteger().with_variant(Integer(), "sqlite")
_FOLDED = Text(collation="C").with_variant(Text(), "sqlite")
"""As the orders' own column: PostgreSQL compares no two texts by two rules."""
_metadata = MetaData()


def _table(name: str, /, **columns: TypeEngine[Any]) -> Table:
    made: list[Column[Any]] = [Column("line", _WHOLE, nullable=False)]
    made += [Column(key, kind) for key, kind in columns.items()]
    return Table(name, _metadata, *made, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")


def _type(field: Field) -> TypeEngine[Any]:
    if field.whole:
        return _WHOLE
    return _FOLDED if field.kind is Kind.FOLDED else Text()


STAGED: dict[Part, Table] = {
    part: _table(f"import_{part}", **{field.name: _type(field) for field in staged_fields(part)}) for part in Part
}
CUSTOMERS, ORDERS, ITEMS, DISCOUNTS, MEMBERS = STAGED.values()
BAD_ROWS = _table(
    "import_bad_rows",
    part=_WHOLE,
    column_name=Text(),
    value=Text(),
    reason=Text(),
    owner=_FOLDED,
)
"""What was found wrong so far; `part` is the place of the part among all. An owner is `BadRow.owner`."""
PRODUCT_TYPES = _table("import_product_types", service_type_code=Text(), service_type_name=Text())
"""The product types that staged rows name: gathered on the way, for there are few, and many rows of each."""
SUSPECTS = _table("import_suspects", order_id_folded=_FOLDED)
"""Orders whose sums are to be looked at one by one."""
ADJUSTED = _table("import_adjusted", adjustment_key=_WHOLE, order_key=_WHOLE)
"""The adjustments of staged orders that stand. Years of them are more than a statement takes as values."""
SPELLINGS = _table("import_spellings", order_id_folded=_FOLDED, written=Text(), meant=Text())
"""Keys that are spelt otherwise than where they are defined, and how they are spelt there."""
KEPT = _table("import_kept", order_id_folded=_FOLDED)
"""Orders that keep the price to which the desk has adjusted them."""
PLACES: dict[Part, int] = {part: place for place, part in enumerate(Part)}
_INDEXES = (
    Index("import_customers_id", CUSTOMERS.c.customer_id),
    Index("import_orders_id", ORDERS.c.order_id_folded, ORDERS.c.currency, ORDERS.c.scale),
    Index(
        "import_order_items_order",
        ITEMS.c.order_id_folded,
        ITEMS.c.official_amount,
        ITEMS.c.amount_after_discount,
    ),
    Index("import_order_items_id", ITEMS.c.order_line_item_id, ITEMS.c.order_id_folded),
    Index(
        "import_order_discounts_order",
        DISCOUNTS.c.order_id_folded,
        DISCOUNTS.c.order_line_item_id,
        DISCOUNTS.c.discount_type,
        DISCOUNTS.c.discount_amount,
    ),
)
"""Behind what is looked for stands what is then asked, so that sums and counts need the index alone."""
_BAD_ROWS_INDEX = Index("import_bad_rows_owner", BAD_ROWS.c.owner)


def create_staging(connection: Connection) -> None:
    """Makes the staging tables, empty."""
    dialect = dialect_of(connection)
    dialect.begin_staging(connection)
    for table in _metadata.sorted_tables:
        dialect.create_staged(connection, table, numbered=table in STAGED.values())
    dialect.index_staged(connection, _BAD_ROWS_INDEX)


def index_staging(connection: Connection) -> None:
    """Readies the filled tables for being asked."""
    dialect_of(connection).ready_staged(connection, _metadata.sorted_tables, _INDEXES)


def index_parts(connection: Connection) -> None:
    """Readies the parts of orders for being asked order by order, where that is still to do."""
    dialect_of(connection).ready_parts(connection, _INDEXES)


def stage_rows(connection: Connection, part: Part, rows: Sequence[tuple[Any, ...]]) -> None:
    """Adds rows to a part's table: each the line and the values of its columns, in their order."""
    if rows:
        dialect_of(connection).copy_rows(connection, STAGED[part], rows)


def stage_product_types(connection: Connection, types: Collection[tuple[str, str]]) -> None:
    """Adds product types, code and name, known already or not."""
    if types:
        values = [{"line": 0, "service_type_code": code, "service_type_name": name} for code, name in types]
        connection.execute(insert(PRODUCT_TYPES), values)


def add_bad_rows(connection: Connection, part: Part, rows: Iterable[BadRow]) -> None:
    """Keeps what was found wrong in a part."""
    values = [
        {
            "line": row.line,
            "part": PLACES[part],
            "column_name": row.column,
            "value": row.value,
            "reason": row.reason,
            "owner": row.owner,
        }
        for row in rows
    ]
    if values:
        connection.execute(insert(BAD_ROWS), values)


_ROWS_AT_ONCE = 1_000
_PARTS_OF_ORDERS = (Part.ORDERS, Part.ORDER_ITEMS, Part.ORDER_DISCOUNTS)


def count_staged(connection: Connection, part: Part) -> int:
    """Rows of a part that are staged."""
    return connection.execute(select(func.count()).select_from(STAGED[part])).scalar_one()


def count_bad_rows(connection: Connection) -> int:
    """How much was found wrong."""
    return connection.execute(select(func.count()).select_from(BAD_ROWS)).scalar_one()


def list_bad_rows(connection: Connection, files: Mapping[Part, str], limit: int | None = None) -> Iterator[BadRow]:
    """What was found wrong, in the order of parts and lines, under the names that people call the files by."""
    found = (
        select(BAD_ROWS.c.part, BAD_ROWS.c.line, BAD_ROWS.c.column_name, BAD_ROWS.c.value, BAD_ROWS.c.reason)
        .order_by(BAD_ROWS.c.part, BAD_ROWS.c.line)
        .limit(limit)
    )
    parts = tuple(Part)
    with connection.execute(found, execution_options={"yield_per": _ROWS_AT_ONCE}) as rows:
        for row in rows:
            yield BadRow(files[parts[row.part]], row.line, row.column_name, row.value, row.reason)


def _bad_lines(part: Part) -> Select[int]:
    return select(BAD_ROWS.c.line).where(BAD_ROWS.c.part == PLACES[part])


def reject_followers(connection: Connection, reason: str) -> None:
    """Finds wrong, for that reason, the rows that are good themselves and of an order that is not."""
    spoilt = select(BAD_ROWS.c.owner).where(BAD_ROWS.c.part != PLACES[Part.CUSTOMERS], BAD_ROWS.c.owner.is_not(None))
    for part in _PARTS_OF_ORDERS:
        staged = STAGED[part].c
        followers = select(
            staged.line,
            literal(PLACES[part]),
            literal(""),
            literal(""),
            literal(reason, Text()),
            staged.order_id_folded,
        ).where(staged.order_id_folded.in_(spoilt), staged.line.not_in(_bad_lines(part)))
        names = ["line", "part", "column_name", "value", "reason", "owner"]
        connection.execute(insert(BAD_ROWS).from_select(names, followers))


def remove_bad_rows(connection: Connection) -> None:
    """Takes what was found wrong out of staging."""
    if not count_bad_rows(connection):
        return
    for part in Part:
        connection.execute(delete(STAGED[part]).where(STAGED[part].c.line.in_(_bad_lines(part))))


def list_staged_members(connection: Connection) -> Sequence[Row[*tuple[Any, ...]]]:
    """The staged members: `line, slack_user_id, name, account_name, roles`."""
    return connection.execute(select(MEMBERS).order_by(MEMBERS.c.line)).all()
