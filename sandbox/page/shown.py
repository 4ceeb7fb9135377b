"""Small facts for people: initials, avatar colours, sizes, times. Pure."""

import zlib
from datetime import datetime
from typing import Final

from sandbox.page import dates
from sandbox.page.mrkdwn import Reader

_COLOURS: Final = (
    "#4a154b",
    "#1264a3",
    "#007a5a",
    "#b25c00",
    "#a3195b",
    "#5b3cc4",
    "#0b6e7f",
    "#8a3a1f",
    "#3f5d1f",
    "#5c4b8a",
)


def initials(name: str) -> str:
    """Up to two capital letters for an avatar."""
    parts = [part for part in name.replace("(", " ").split() if part[:1].isalnum()]
    letters = parts[0][:1] + (parts[-1][:1] if len(parts) > 1 else "") if parts else "?"
    return letters.upper()


def colour(identity: str) -> str:
    """An avatar's colour: always the same for one id, and dark enough for white letters."""
    return _COLOURS[zlib.crc32(identity.encode()) % len(_COLOURS)]


def size(count: int) -> str:
    """Bytes in Slack's format: `812 B`, `4.1 MB` (decimal units)."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5:
            return f"{value:.0f} {unit}" if value >= 99.5 else f"{value:.1f} {unit}"
    return f"{value:.0f} GB"


def moment(ts: str, reader: Reader) -> datetime:
    """A message's moment in the reader's zone. A `ts` outside the calendar becomes the present."""
    return dates.from_unix(float(ts), reader.zone) or reader.now()


def time(ts: str, reader: Reader) -> str:
    """The time of day beside a message."""
    return dates.clock(moment(ts, reader), twelve_hours=reader.twelve_hours)


def day(ts: str, reader: Reader) -> str:
    """The words on the line between two days: Today, Yesterday, `Monday, October 5th`."""
    return dates.tokens(moment(ts, reader), reader.now(), twelve_hours=reader.twelve_hours)["day_divider_pretty"]


def day_and_time(ts: str, reader: Reader) -> str:
    """Day and time in full, for titles and for screen readers."""
    known = dates.tokens(moment(ts, reader), reader.now(), twelve_hours=reader.twelve_hours)
    pretty = known["date_short_pretty"]
    return f"{pretty[:1].upper()}{pretty[1:]} at {known['time']}"


def file_kind(name: str) -> str:
    """The name of a file's kind on its card, by its extension."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    known = {
        "xlsx": "Excel Spreadsheet",
        "csv": "CSV",
        "pdf": "PDF",
        "txt": "Plain Text",
        "json": "JSON",
        "zip": "Zip",
        "md": "Markdown",
    }
    return known.get(ending, ending.upper() or "Binary")
