"""Money, numbers and times in the viewer's locale and time zone, as Slack has them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from store.domain.adjustments.pricing import PricedItem
from store.domain.money import Money, minor_digits
from store.domain.orders.criteria import CappedCount
from store.domain.orders.order import OrderItem, PeriodType


class Viewer(Protocol):
    """The reader of figures and times: an Actor, or the Audience of a message."""

    @property
    def time_zone(self) -> str:
        """IANA name."""

    @property
    def locale(self) -> str:
        """Babel's form."""


@dataclass(frozen=True, slots=True)
class Audience:
    """The readers of a message that does not answer one member."""

    time_zone: str = "UTC"
    locale: str = "en_US"


_UNITS = {
    PeriodType.DAY: "day",
    PeriodType.WEEK: "week",
    PeriodType.MONTH: "month",
    PeriodType.YEAR: "year",
    PeriodType.HOUR: "hour",
}


def number(value: int, viewer: Viewer) -> str:
    """A whole number, grouped."""
    return format_decimal(value, locale=viewer.locale)


def tenths_text(value: float, viewer: Viewer) -> str:
    """A number with one decimal place, grouped."""
    return format_decimal(value, format=_amount_pattern(viewer.locale, 1), locale=viewer.locale)


def figure(money: Money, viewer: Viewer) -> str:
    """The amount without its currency, with all its decimal places."""
    pattern = _amount_pattern(viewer.locale, minor_digits(money.currency))
    return format_decimal(money.amount, format=pattern, locale=viewer.locale)


def money_text(money: Money, viewer: Viewer) -> str:
    """The amount after its currency code, as `USD 12,400.00`: a sign would not say which dollar it is."""
    return f"{money.currency} {figure(money, viewer)}"


def count_text(count: CappedCount, viewer: Viewer) -> str:
    """A capped count, as `24` or `1,000+`."""
    return number(count.value, viewer) + ("+" if count.capped else "")


def orders_text(count: int | CappedCount, viewer: Viewer) -> str:
    """A number of orders, as `1 order` or `1,000+ orders`."""
    known = CappedCount(count, capped=False) if isinstance(count, int) else count
    return f"{count_text(known, viewer)} order{'' if known.value == 1 else 's'}"


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=256)
def _amount_pattern(locale: str, digits: int) -> str:
    """The locale's grouping with `digits` decimal places; `#,##,##0` where hundreds of thousands are lakhs."""
    whole = str(Locale.parse(locale).decimal_formats[None].pattern).partition(".")[0]
    return whole + ("." + "0" * digits if digits else "")


@lru_cache(maxsize=256)
def _patterns(locale: str) -> tuple[str, str]:
    """Patterns for a moment and a day: the locale's order, month names and 12 or 24 hours."""
    parsed = Locale.parse(locale)
    short_time = str(parsed.time_formats["short"].pattern)
    day = (
        "d MMM y"
        if parsed.language == "en" and parsed.territory != "US"
        else str(parsed.date_formats["medium"].pattern)
    )
    return f"{day}, {short_time}", day


def moment_text(moment: datetime, viewer: Viewer) -> str:
    """A moment in the viewer's time zone, to the minute."""
    return format_datetime(moment, _patterns(viewer.locale)[0], tzinfo=_zone(viewer.time_zone), locale=viewer.locale)


def moment_token(moment: datetime, viewer: Viewer) -> str:
    """A moment in a message, which Slack shows to each reader in their own time zone; mrkdwn.

    Clients that cannot do so show the fallback, which names the time zone of `viewer`.
    """
    fallback = f"{moment_text(moment, viewer)} {zone_text(viewer)}"
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}}, {{time}}|{fallback}>"


def day_text(day: date, viewer: Viewer) -> str:
    """A day of the viewer's calendar."""
    return format_date(day, _patterns(viewer.locale)[1], locale=viewer.locale)


def day_of(moment: datetime, viewer: Viewer) -> date:
    """The viewer's day at that moment."""
    return moment.astimezone(_zone(viewer.time_zone)).date()


def time_left(deadline: datetime, now: datetime) -> str:
    """The time that is left, as `2 days left` or `1 day, 5 hours left`; empty once the deadline has passed.

    Rounded down: nobody should think that there is more time than there is.
    """
    if deadline <= now:
        return ""
    left = deadline - now
    parts = [(left.days, "day"), (left.seconds // 3600, "hour"), (left.seconds % 3600 // 60, "minute")]
    while parts and not parts[0][0]:
        parts.pop(0)
    if not parts:
        return "less than a minute left"
    # Next to a single unit, the smaller unit matters: one day may be nearly two.
    told = [part for part in parts[: 2 if parts[0][0] == 1 else 1] if part[0]]
    return ", ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in told) + " left"


def percent_text(percent: Decimal, viewer: Viewer) -> str:
    """A percentage of at most two decimal places, as `12.5 %`."""
    return f"{format_decimal(percent, format='#,##0.##', locale=viewer.locale)} %"


def zone_text(viewer: Viewer) -> str:
    """The name of the time zone in which times are shown."""
    return viewer.time_zone.replace("_", " ")


def quantity_text(item: OrderItem | PricedItem) -> str:
    """The period and the quantity, as `12 months × 2`."""
    number = item.period_num
    if item.period_type is PeriodType.ONE_TIME:
        return f"One-time × {item.subscription_num}"
    unit = _UNITS[item.period_type]
    period = unit.capitalize() if number is None else f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{period} × {item.subscription_num}"
