"""Moments and dates as Excel counts them: days since 30 December 1899, in one time zone that is not stored.

Nothing here knows cells or columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache

# Excel takes 1900 for a leap year: before 1 March 1900 (61) its days differ from the calendar's. Its last day is
# 31 December 9999.
# https://learn.microsoft.com/office/troubleshoot/excel/wrongly-assumes-1900-is-leap-year
_FIRST_DAY = 61
_LAST_DAY = 2_958_465
_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_DAY_SECONDS = 86_400
_PROBES = tuple(timedelta(hours=hours) for hours in range(0, 25, 6))


class LocalTimes(dict[int, int | None]):
    """Serials of moments in a time zone.

    The mapping itself makes it fast: for each UTC day, counted from Excel's epoch, it holds the zone's offset from UTC
    in seconds, or None for a day on which that changes.
    """

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self._zone = zone
        self._fractions = _fractions()

    def serial(self, moment: datetime) -> str | None:
        """The moment's serial as a decimal text, rounded down to the second; None if Excel has none.

        Raises TypeError for a moment without a zone, and for a value that is not a datetime.
        """
        return self.serials([moment])[0]

    def serials(self, moments: Iterable[datetime | None]) -> list[str | None]:
        """The serial of each moment; None for None."""
        fractions = self._fractions
        made: list[str | None] = []
        for moment in moments:
            if moment is None:
                made.append(None)
                continue
            since = moment - _EPOCH
            day = since.days
            if not _FIRST_DAY < day < _LAST_DAY:
                made.append(None)
                continue
            ahead = self[day]
            second = since.seconds + (self._ahead(moment) if ahead is None else ahead)
            if not 0 <= second < _DAY_SECONDS:
                days, second = divmod(second, _DAY_SECONDS)
                day += days
            made.append(f"{day}{fractions[second]}")
        return made

    def __missing__(self, day: int) -> int | None:
        start = _EPOCH + timedelta(days=day)
        seen = {self._ahead(start + probe) for probe in _PROBES}
        ahead = seen.pop() if len(seen) == 1 else None
        self[day] = ahead
        return ahead

    def _ahead(self, moment: datetime) -> int:
        offset = moment.astimezone(self._zone).utcoffset()
        return 0 if offset is None else round(offset.total_seconds())


def date_serial(day: date) -> str | None:
    """The date's serial; None if Excel has none.

    Raises TypeError for a datetime, whose date depends on a zone, and for a value that is not a date.
    """
    if isinstance(day, datetime) or not isinstance(day, date):
        raise TypeError("a date is expected")
    serial = day.toordinal() - _EPOCH_ORDINAL
    return str(serial) if _FIRST_DAY <= serial <= _LAST_DAY else None


@cache
def _fractions() -> list[str]:
    """For each second of a day, its fraction of the day, as `.50000000000`: 6 MB that save a division and a float's
    text per cell.

    Eleven places are what a double holds next to a day number of five digits.
    """
    return [f"{second / _DAY_SECONDS:.11f}"[1:] for second in range(_DAY_SECONDS)]
