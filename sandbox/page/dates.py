"""Moments as Slack writes them for one reader: `<!date^…>` tokens and the times beside messages.

Knows only clocks and zones. The tokens are those of
https://docs.slack.dev/messaging/formatting-message-text#date-formatting
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from babel.dates import format_date

_WORDS: Final = {-1: "yesterday", 0: "today", 1: "tomorrow"}


def clock(moment: datetime, *, twelve_hours: bool, seconds: bool = False) -> str:
    """The time of day as Slack shows it: `2:05 PM`, or `14:05` for readers of the 24-hour clock."""
    if twelve_hours:
        tail = f":{moment:%S}" if seconds else ""
        return f"{moment.hour % 12 or 12}:{moment:%M}{tail} {'AM' if moment.hour < 12 else 'PM'}"
    return f"{moment:%H:%M:%S}" if seconds else f"{moment:%H:%M}"


def _ordinal(day: int) -> str:
    if 10 < day % 100 < 14:
        return f"{day}th"
    return f"{day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th') }"


def _long(day: date, *, weekday: bool) -> str:
    words = f"{format_date(day, 'MMMM', locale='en_US')} {_ordinal(day.day)}, {day.year}"
    return f"{format_date(day, 'EEEE', locale='en_US')}, {words}" if weekday else words


def _ago(moment: datetime, now: datetime) -> str:
    seconds = int((now - moment).total_seconds())
    past, seconds = seconds >= 0, abs(seconds)
    if seconds < 60:
        return "just now" if past else "in a moment"
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            words = f"{count} {unit}{'s' if count != 1 else ''}"
            return f"{words} ago" if past else f"in {words}"
    raise AssertionError(seconds)


def tokens(moment: datetime, now: datetime, *, twelve_hours: bool) -> dict[str, str]:
    """Every date token with its text; `moment` and `now` are aware, in the reader's zone."""
    day = moment.date()
    near = _WORDS.get((day - now.date()).days)
    short = f"{format_date(day, 'MMM', locale='en_US')} {day.day}, {day.year}"
    long = _long(day, weekday=True)
    usual = _long(day, weekday=False)
    if (now.date() - day).days in range(-180, 181) and day.year == now.year:
        divider = f"{format_date(day, 'EEEE, MMMM', locale='en_US')} {_ordinal(day.day)}"
    else:
        divider = usual
    return {
        "date_num": day.isoformat(),
        "date_slash": f"{day:%m/%d/%Y}",
        "date": usual,
        "date_pretty": near or usual,
        "date_short": short,
        "date_short_pretty": near or short,
        "date_long": long,
        "date_long_pretty": near or long,
        "date_long_full": long,
        "day_divider_pretty": near.capitalize() if near else divider,
        "time": clock(moment, twelve_hours=twelve_hours),
        "time_secs": clock(moment, twelve_hours=twelve_hours, seconds=True),
        "ago": _ago(moment, now),
    }


def fill_tokens(form: str, moment: datetime, now: datetime, *, twelve_hours: bool) -> str | None:
    """A date format with its tokens replaced, starting with a capital as in Slack; None if it has no token."""
    known = tokens(moment, now, twelve_hours=twelve_hours)
    text, found = form, False
    for name, words in known.items():
        mark = "{" + name + "}"
        if mark in text:
            found = True
            text = text.replace(mark, words[:1].upper() + words[1:] if text.startswith(mark) else words)
    return text if found else None


def from_unix(seconds: float, zone: tzinfo) -> datetime | None:
    """The moment in a zone, or None if it is outside the calendar."""
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(zone)
    except (OverflowError, ValueError):
        return None
