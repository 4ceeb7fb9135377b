"""Money, numbers and times as the viewer reads them: in their locale and their time zone, from Slack. Pure."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal

from store.domain.criteria import CappedCount
from store.domain.money import Money, minor_digits
from store.domain.people import Actor

_NUMBER = {digits: "#,##0" + ("." + "0" * digits if digits else "") for digits in range(5)}


def number(value: int, actor: Actor) -> str:
    """A whole number, grouped."""
    return format_decimal(value, locale=actor.locale)


def figure(money: Money, actor: Actor) -> str:
    """The amount without its currency, with all its decimal places."""
    return format_decimal(money.amount, format=_NUMBER[minor_digits(money.currency)], locale=actor.locale)


def money_text(money: Money, actor: Actor) -> str:
    """The amount behind its currency's code, as `USD 12,400.00`: a sign would leave open which dollar it is."""
    return f"{money.currency} {figure(money, actor)}"


def count_text(count: CappedCount, actor: Actor) -> str:
    """A capped count, as `24` or `1,000+`."""
    return number(count.value, actor) + ("+" if count.capped else "")


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=256)
def _patterns(locale: str) -> tuple[str, str]:
    """Patterns for a moment and for a day: the locale's own order and month names, with the clock it is used to."""
    parsed = Locale.parse(locale)
    short_time = str(parsed.time_formats["short"].pattern)
    day = (
        "d MMM y"
        if parsed.language == "en" and parsed.territory != "US"
        else str(parsed.date_formats["medium"].pattern)
    )
    return f"{day}, {short_time}", day


def moment_text(moment: datetime, actor: Actor) -> str:
    """A moment in the viewer's time zone, to the minute."""
    return format_datetime(moment, _patterns(actor.locale)[0], tzinfo=_zone(actor.time_zone), locale=actor.locale)


def day_text(day: date, actor: Actor) -> str:
    """A day of the viewer's calendar."""
    return format_date(day, _patterns(actor.locale)[1], locale=actor.locale)


def day_of(moment: datetime, actor: Actor) -> date:
    """The day on which the moment falls for the viewer."""
    return moment.astimezone(_zone(actor.time_zone)).date()


def time_left(deadline: datetime, now: datetime) -> str:
    """How long is left, as `2 days left`, in the language of the screens; empty once it has passed."""
    if deadline <= now:
        return ""
    return format_timedelta(deadline - now, threshold=1, locale="en_US") + " left"


def zone_text(actor: Actor) -> str:
    """The name of the time zone that times are shown in."""
    return actor.time_zone.replace("_", " ")
