"""What a modal remembers between two clicks, in its private_metadata: typed, limited in size, never trusted.

It holds keys and the person's own criteria, and nothing read from the data; whatever it leads to is read again within
the reach of the person who clicks.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    ValidationError,
    model_validator,
)

from store.domain.errors import DomainError
from store.domain.orders.criteria import Cursor, OrderCriteria
from store.domain.orders.criterion import FIRST_YEAR, LAST_YEAR
from store.domain.paging import ListCursor

MAX_METADATA = 3000
"""Characters of private_metadata; Slack's limit."""

LARGEST = 2**63 - 1
"""The largest whole number that a database can store."""


Draft = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
"""One for each opening of a form, so that each is submitted once."""


class StaleScreen(DomainError):
    """A screen carries something that this version of the desk cannot read: an old message, or a changed one."""


class State(BaseModel):
    """A frozen, strict record that can become private_metadata or a button's value, and be read back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="after")
    def _within_bounds(self) -> Self:
        """The desk never wrote what no database could be asked for."""
        for value in self.__dict__.values():
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, int) and abs(part) > LARGEST:
                    raise ValueError("no key")
                if isinstance(part, datetime) and not FIRST_YEAR <= part.year <= LAST_YEAR:
                    raise ValueError("no time of an order")
        return self

    def dump(self) -> str:
        """Short JSON. Raises ValueError above Slack's limit: the limits of its parts make every state fit."""
        text = self.model_dump_json(exclude_defaults=True)
        if len(text) > MAX_METADATA:
            raise ValueError("a modal's state does not fit")
        return text


StateT = TypeVar("StateT", bound=State)


def load_state(kind: type[StateT], text: str) -> StateT:
    """The state of that kind. Raises StaleScreen if the text is not one."""
    try:
        return kind.model_validate_json(text or "{}")
    except ValidationError:
        raise StaleScreen from None


def load_key(text: str) -> int:
    """The key that a button carries. Raises StaleScreen if the text is not a key."""
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise StaleScreen
    return int(text)


class Position(State):
    """A page of a search; without a time it is the first one."""

    at_time: datetime | None = None
    at_key: int = 0
    forward: bool = True
    offset: int = 0

    @classmethod
    def of(cls, cursor: Cursor | None) -> Position:
        """The position of the cursor's page."""
        if cursor is None:
            return cls()
        return cls(at_time=cursor.create_time, at_key=cursor.key, forward=cursor.forward, offset=cursor.offset)

    @property
    def cursor(self) -> Cursor | None:
        """The cursor of the page; None: the first one. Raises StaleScreen for a time without its zone."""
        if self.at_time is None:
            return None
        if self.at_time.tzinfo is None:
            raise StaleScreen
        return Cursor(self.at_time, self.at_key, self.forward, max(self.offset, 0))


FIRST_PAGE = Position()


class ListPosition(State):
    """A page of a list of adjustments or exports; without a key it is the first one."""

    moment: datetime | None = None
    key: int = 0
    forward: bool = True
    offset: int = 0

    @classmethod
    def of(cls, cursor: ListCursor | None) -> ListPosition:
        """The position of the cursor's page."""
        if cursor is None:
            return cls()
        return cls(moment=cursor.moment, key=cursor.key, forward=cursor.forward, offset=cursor.offset)

    @property
    def cursor(self) -> ListCursor | None:
        """The cursor of the page; None: the first one. Raises StaleScreen for a time without its zone."""
        if not self.key:
            return None
        if self.moment is not None and self.moment.tzinfo is None:
            raise StaleScreen
        return ListCursor(self.key, self.forward, max(self.offset, 0), self.moment)


LIST_BEGINS = ListPosition()


class PlaceState(State):
    """Where a screen was opened: Slack's id of the channel, empty for none. What the screen posts goes there."""

    channel: str = ""


def _restored(kept: object) -> OrderCriteria:
    if isinstance(kept, OrderCriteria):
        return kept
    if not isinstance(kept, dict):
        raise ValueError("no criteria")  # noqa: TRY004
    return OrderCriteria.restored(kept)


class SearchState(PlaceState):
    """The search of a results modal, and its page. Raises InvalidCriteria when it is loaded."""

    criteria: Annotated[OrderCriteria, PlainValidator(_restored), PlainSerializer(OrderCriteria.kept)] = OrderCriteria()
    position: Position = FIRST_PAGE


class OrderState(PlaceState):
    """The order that a modal shows, and the index of the first item shown."""

    order: int
    items_offset: int = 0
