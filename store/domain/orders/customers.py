"""Customers: their association with the partner, and their account managers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from store.domain.texts import common_form


class AssociationType(IntEnum):
    """How a customer is associated with the partner (the vendor's codes)."""

    REFERRAL = 1
    RESELLER = 3

    @property
    def label(self) -> str:
        """The vendor's word for it."""
        return self.name.capitalize()


class CustomerTab(StrEnum):
    """The two lists of the desk: the partner's own customers, and the customers of its resellers."""

    CUSTOMERS = "customers"
    RESELLERS_CUSTOMERS = "resellers_customers"

    @property
    def label(self) -> str:
        """The vendor's words for it."""
        return "Customers" if self is CustomerTab.CUSTOMERS else "Resellers' Customers"

    @property
    def other(self) -> CustomerTab:
        """The list that contains the orders that are not in this one."""
        return CustomerTab.RESELLERS_CUSTOMERS if self is CustomerTab.CUSTOMERS else CustomerTab.CUSTOMERS


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the partner or of one of its resellers."""

    key: int
    """The desk's own number of the customer; means nothing to a person."""
    customer_id: str
    name: str
    account_name: str
    association_type: AssociationType
    account_manager: str
    """The account manager's login name, in lower case."""
    reseller_id: str | None = None
    reseller_name: str | None = None
    email: str | None = None
    telephone: str | None = None
    country_code: str | None = None

    @property
    def tab(self) -> CustomerTab:
        """The list that contains the customer."""
        return CustomerTab.RESELLERS_CUSTOMERS if self.reseller_id else CustomerTab.CUSTOMERS


@dataclass(frozen=True, slots=True)
class CustomerName:
    """A customer as a select offers it while somebody types."""

    key: int
    name: str
    account_name: str
    tab: CustomerTab


_NAME_BYTES, _ACCOUNT_BYTES = 1_800, 600
"""Bytes of UTF-8 that fit into PostgreSQL's index of names. Only names made of ligatures (`ﷺ` is eighteen letters) have
more, and are found by their beginnings.
"""


def search_text(name: str, account_name: str) -> str:
    """The text in which searches for a part of a customer's name look: both names in common form, with a line break."""
    return f"{_beginning(common_form(name), _NAME_BYTES)}\n{_beginning(common_form(account_name), _ACCOUNT_BYTES)}"


def _beginning(text: str, size: int) -> str:
    return text if len(text) * 4 <= size else text.encode()[:size].decode(errors="ignore")
