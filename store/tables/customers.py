"""Customers and the account managers whose they are."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, Index, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, Key


class AccountManagerRow(Base):
    """A login name that customers carry; orders carry its key, which keeps their indexes small."""

    __tablename__ = "account_managers"

    key: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    account_name: Mapped[str] = mapped_column(String(64), unique=True)
    account_name_folded: Mapped[str] = mapped_column(Text, server_default=text("''"))
    """`domain.texts.common_form` of it: what members' names are compared with (`domain.people.Reach`)."""

    __table_args__ = (Index("ix_account_managers_folded", "account_name_folded", unique=True),)


class CustomerRow(Base):
    """A customer, by the vendor's `customer_id`."""

    __tablename__ = "customers"

    key: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    customer_id: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(Text)
    account_name: Mapped[str] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text(collation="C").with_variant(Text, "sqlite"))
    """`domain.customers.search_text` of both names: what part-of-name searches look in."""
    association_type: Mapped[int] = mapped_column(SmallInteger)
    account_manager_key: Mapped[int] = mapped_column(ForeignKey("account_managers.key"))
    resellers: Mapped[bool] = mapped_column(Boolean)
    """Whether the customer is a reseller's: the tab it stands in."""
    reseller_id: Mapped[str | None] = mapped_column(String(64))
    reseller_name: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    telephone: Mapped[str | None] = mapped_column(Text)
    country_code: Mapped[str | None] = mapped_column(String(8))

    # Parts of names are looked for in the entries of these. PostgreSQL has two more, which its migration makes: one by
    # every two letters that follow each other (`ix_customers_letters`), and one for a look at the customers of orders
    # one by one, which SQLite does in the table itself (`ix_customers_text`).
    __table_args__ = (
        Index("ix_customers_own", "account_manager_key", "resellers", "search_text", "key"),
        Index("ix_customers_all", "resellers", "search_text", "key"),
    )
