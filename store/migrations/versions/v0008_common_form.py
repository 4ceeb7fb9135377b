"""Compared texts in their common form: names of customers, account names, order numbers. Shown texts do not change.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from store.domain.orders.customers import search_text
from store.domain.orders.order import MAX_ORDER_ID, fold_order_id
from store.domain.texts import common_form

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

AT_ONCE = 5_000
"""Rows read and written at a time."""
_managers = sa.table("account_managers", sa.column("key"), sa.column("account_name"), sa.column("account_name_folded"))
_members = sa.table(
    "members",
    sa.column("team_id"),
    sa.column("slack_user_id"),
    sa.column("account_name"),
    sa.column("account_name_folded"),
)
_customers = sa.table(
    "customers",
    *(sa.column(name) for name in ("key", "name", "account_name", "search_text", "account_manager_key")),
)
_orders = sa.table(
    "orders", *(sa.column(name) for name in ("key", "order_id", "order_id_folded", "account_manager_key"))
)
_exports = sa.table("exports", sa.column("key"), sa.column("criteria", sa.Text), sa.column("criteria_text", sa.Text))


def upgrade() -> None:
    for table in ("account_managers", "members"):
        op.add_column(table, sa.Column("account_name_folded", sa.Text, server_default=sa.text("''"), nullable=False))
    _fold_members()
    _fold_managers()
    op.create_index("ix_account_managers_folded", "account_managers", ["account_name_folded"], unique=True)
    _fold_customers()
    _fold_orders()
    _unescape_exports()


def downgrade() -> None:
    op.drop_index("ix_account_managers_folded", "account_managers")
    for table in ("account_managers", "members"):
        op.drop_column(table, "account_name_folded")


def _batches(table: sa.TableClause, *columns: str, where: sa.ColumnElement[bool] | None = None) -> Iterator[Any]:
    """Rows of a table by key, in batches."""
    last = 0
    while True:
        asked = sa.select(*(table.c[name] for name in columns)).where(table.c.key > last)
        if where is not None:
            asked = asked.where(where)
        rows = op.get_bind().execute(asked.order_by(table.c.key).limit(AT_ONCE)).all()
        if not rows:
            return
        yield rows
        last = rows[-1].key


def _fold_members() -> None:
    bind = op.get_bind()
    rows = bind.execute(sa.select(_members.c.team_id, _members.c.slack_user_id, _members.c.account_name)).all()
    for row in rows:
        this = sa.and_(_members.c.team_id == row.team_id, _members.c.slack_user_id == row.slack_user_id)
        # An invisible name is refused by now; a visible escape is nobody's name either.
        unseen = row.account_name and not common_form(row.account_name)
        name = row.account_name.encode("unicode_escape").decode("ascii") if unseen else row.account_name
        values = {"account_name": name, "account_name_folded": common_form(name)}
        bind.execute(sa.update(_members).where(this).values(values))


def _fold_managers() -> None:
    """Merges managers whose names are now one: the first keeps the customers and orders of all."""
    bind, first = op.get_bind(), dict[str, int]()
    asked = sa.select(_managers.c.key, _managers.c.account_name).order_by(_managers.c.key)
    for row in bind.execute(asked).all():
        folded = common_form(row.account_name)
        kept = first.setdefault(folded, row.key)
        if kept == row.key:
            this = _managers.c.key == row.key
            bind.execute(sa.update(_managers).where(this).values(account_name_folded=folded))
            continue
        for table in (_customers, _orders):
            theirs = table.c.account_manager_key == row.key
            bind.execute(sa.update(table).where(theirs).values(account_manager_key=kept))
        bind.execute(sa.delete(_managers).where(_managers.c.key == row.key))


def _fold_customers() -> None:
    changed = (
        sa.update(_customers).where(_customers.c.key == sa.bindparam("of")).values(search_text=sa.bindparam("text"))
    )
    for rows in _batches(_customers, "key", "name", "account_name", "search_text"):
        texts = ((row, search_text(row.name, row.account_name)) for row in rows)
        values = [{"of": row.key, "text": text} for row, text in texts if text != row.search_text]
        if values:
            op.get_bind().execute(changed, values)


def _fold_orders() -> None:
    """Numbers of plain letters, digits and hyphens are in the common form already, and are nearly all.

    If two orders now have the same number, the second keeps its old form: it is found by everything but its number.
    """
    bind = op.get_bind()
    folded = _orders.c.order_id_folded
    in_sqlite = folded.op("GLOB", is_comparison=True)("*[^A-Z0-9-]*")
    odd = in_sqlite if bind.dialect.name == "sqlite" else folded.regexp_match("[^A-Z0-9-]")
    for rows in _batches(_orders, "key", "order_id", "order_id_folded", where=odd):
        for row in rows:
            number = fold_order_id(row.order_id)
            if number == row.order_id_folded or not 0 < len(number) <= MAX_ORDER_ID:
                continue
            if bind.execute(sa.select(_orders.c.key).where(folded == number)).first() is None:
                bind.execute(sa.update(_orders).where(_orders.c.key == row.key).values(order_id_folded=number))


def _unescape_exports() -> None:
    """The criteria, and their words, were stored as Slack's messages show them."""
    kept = ("criteria", "criteria_text")
    escaped = sa.or_(*(_exports.c[name].contains("&", autoescape=True) for name in kept))
    for rows in _batches(_exports, "key", *kept, where=escaped):
        for row in rows:
            values = {name: _unescaped(getattr(row, name)) for name in kept}
            op.get_bind().execute(sa.update(_exports).where(_exports.c.key == row.key).values(values))


def _unescaped(text: str | None) -> str | None:
    return text and text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
