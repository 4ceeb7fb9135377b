"""Who may do what: roles, capabilities, and reach."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from store.domain.clock import Deadline
from store.domain.errors import DomainError
from store.domain.texts import common_form


class Role(StrEnum):
    """A role of a member at the desk. A member can hold several."""

    SALESPERSON = "salesperson"
    MANAGER = "manager"
    ADMIN = "admin"


class Capability(StrEnum):
    """Something the desk lets a person do."""

    SEARCH = "search"
    SUBMIT_ADJUSTMENT = "submit_adjustment"
    DECIDE_ADJUSTMENT = "decide_adjustment"
    EXPORT = "export"
    SHARE = "share"
    KEEP_MEMBERS = "keep_members"


_EVERYBODY = frozenset({Capability.SEARCH, Capability.SUBMIT_ADJUSTMENT, Capability.EXPORT, Capability.SHARE})
_MANAGER = _EVERYBODY | {Capability.DECIDE_ADJUSTMENT}

CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.SALESPERSON: _EVERYBODY,
    Role.MANAGER: _MANAGER,
    Role.ADMIN: _MANAGER | {Capability.KEEP_MEMBERS},
}
"""The one table of permissions: anything missing from it is refused."""


@dataclass(eq=False)
class NotAMember(DomainError):
    """The person is not a member of the desk."""


@dataclass(eq=False)
class NotPermitted(DomainError):
    """None of the person's roles has the capability."""

    capability: Capability


@dataclass(eq=False)
class InvalidMember(DomainError):
    """A member's description breaks a rule; `reason` says which."""

    reason: str


@dataclass(eq=False)
class LastAdmin(DomainError):
    """The change would leave the desk without an admin."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The orders that a person sees: all, or those of one account manager's customers."""

    account_name: str | None = field(compare=False)
    """The account manager's login name, as it is shown; None: every order."""
    compared: str | None = field(init=False)
    """Its common form, which identifies their customers.

    Names that differ only in ways that this form removes (case, width, `ß` and `ss`, `ı` and `i`, quotes, dashes,
    invisible characters) are one name, and their members see the same orders. No directory gives two people such login
    names, while files and keyboards write one name in such ways every day. Names that look alike in other ways stay
    distinct: accents count, and so do letters of other scripts.
    """

    def __post_init__(self) -> None:
        object.__setattr__(self, "compared", None if self.account_name is None else common_form(self.account_name))

    @property
    def everything(self) -> bool:
        """Whether all orders are within reach."""
        return self.account_name is None

    def covers(self, account_manager: str) -> bool:
        """Whether orders of that account manager's customers are within reach."""
        return self.compared is None or self.compared == common_form(account_manager)


EVERYTHING = Reach(None)


_SLACK_USER_ID = re.compile("[UW][A-Z0-9]{1,31}")


def is_slack_user_id(text: str) -> bool:
    """Whether the text has the form of Slack's id of a person: U or W, then capital letters and digits."""
    return _SLACK_USER_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Member:
    """A person whom the desk knows, by Slack team and user. Raises InvalidMember if the description is wrong."""

    team_id: str
    """Slack's team id; empty until the desk first meets its workspace."""
    slack_user_id: str
    name: str
    account_name: str
    """The account manager's login name; empty for people without customers of their own."""
    roles: frozenset[Role]

    def __post_init__(self) -> None:
        account_name = self.account_name.strip().lower()
        # No customer carries an invisible name.
        object.__setattr__(self, "account_name", account_name if common_form(account_name) else "")
        if not is_slack_user_id(self.slack_user_id):
            raise InvalidMember("a member needs their Slack user id, which begins with U or W, such as U0123ABCD")
        if not self.roles:
            raise InvalidMember("a member needs at least one role: " + ", ".join(Role))
        if self.roles == {Role.SALESPERSON} and not self.account_name:
            raise InvalidMember("a salesperson needs the account name that their customers carry")

    @property
    def reach(self) -> Reach:
        """A salesperson sees their own customers' orders; with any further role, all orders."""
        return Reach(self.account_name) if self.roles == {Role.SALESPERSON} else EVERYTHING

    def can(self, capability: Capability) -> bool:
        """Whether any of the roles includes the capability."""
        return any(capability in CAPABILITIES[role] for role in self.roles)


@dataclass(frozen=True, slots=True)
class Person:
    """A person who did something, with their name at that time. Team and user identify them, not the name."""

    team_id: str
    slack_user_id: str
    name: str

    @classmethod
    def of(cls, member: Member) -> Person:
        """The member as a person."""
        return cls(member.team_id, member.slack_user_id, member.name)

    def same(self, other: Person) -> bool:
        """Whether both are the same Slack user."""
        return (self.team_id, self.slack_user_id) == (other.team_id, other.slack_user_id)


@dataclass(frozen=True, slots=True)
class Actor:
    """A member who is asking for something now, with their time zone and locale."""

    member: Member
    time_zone: str = "UTC"
    """IANA name, from Slack."""
    locale: str = "en_US"
    """Babel's form of the person's locale."""
    origin: str = field(default="", compare=False)
    """Where the request came from, for the audit: a command, a button, the command line."""
    deadline: Deadline | None = field(default=None, compare=False)
    """Until when their request may take effect; None if nobody gives up waiting."""

    @property
    def reach(self) -> Reach:
        """Whose orders this person sees."""
        return self.member.reach

    def can(self, capability: Capability) -> bool:
        """Whether this person may do that."""
        return self.member.can(capability)

    def require(self, capability: Capability) -> None:
        """Raises NotPermitted if this person may not do that."""
        if not self.can(capability):
            raise NotPermitted(capability)


def parse_roles(text: str) -> frozenset[Role]:
    """Roles from `salesperson;manager` (or separated by commas). Raises InvalidMember, naming an unknown role."""
    names = [name.strip() for name in common_form(text).replace(",", ";").split(";") if name.strip()]
    known = {str(role) for role in Role}
    for name in names:
        if name not in known:
            raise InvalidMember(f"unknown role {name!r}; there are " + ", ".join(Role))
    return frozenset(Role(name) for name in names)


def format_roles(roles: frozenset[Role]) -> str:
    """The roles as `salesperson;manager`, in the order of Role."""
    return ";".join(role for role in Role if role in roles)
