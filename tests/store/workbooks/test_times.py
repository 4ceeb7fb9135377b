"""Moments and dates: real ones, of the asked zone, across changes of its clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.workbooks import CellRejected, Column, ColumnKind
from tests.store.workbooks.reading import opened, raw_cells, seen_by_calamine, sheet_of
from tests.support.effort import effort

ORDERED_ON = [Column("Ordered On", ColumnKind.DATETIME)]
PAID = [Column("Paid", ColumnKind.DATE)]
# Of half hours, of clocks that change by half an hour, or late in UTC's day, far to either side, with a day left out,
# without changes.
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Asia/Beirut",
    "Pacific/Kiritimati",
    "Pacific/Apia",
    "Pacific/Pago_Pago",
    "Asia/Shanghai",
    "UTC",
]


def wall(text: str) -> datetime:
    """A moment as a clock on the wall shows it, of no zone."""
    return datetime.fromisoformat(text)


moments = st.datetimes(wall("1900-03-03"), wall("9999-12-29"), timezones=st.just(UTC))
recent = st.datetimes(wall("2005-01-01"), wall("2040-01-01"), timezones=st.just(UTC))


def local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0)


@settings(max_examples=effort(100, 10_000))
@given(st.sampled_from(ZONES), st.lists(st.one_of(moments, recent, st.none()), min_size=1, max_size=12))
def test_moments_are_local_times_to_the_second(zone: str, values: list[datetime | None]) -> None:
    sheet = opened(sheet_of(ORDERED_ON, [(value,) for value in values], zone=ZoneInfo(zone)))["Orders"]
    read = [row[0].value for row in sheet.iter_rows(min_row=2, max_row=len(values) + 1)]
    assert read == [None if value is None else local(value, zone) for value in values]


@pytest.mark.parametrize("zone", ZONES)
def test_every_quarter_of_an_hour_of_two_years_is_right(zone: str) -> None:
    start = datetime(2010, 12, 30, tzinfo=UTC)
    values = [
        start + timedelta(minutes=15 * step) for step in range(0, 2 * 366 * 96, 1 if zone == "Pacific/Apia" else 3)
    ]
    read = seen_by_calamine(sheet_of(ORDERED_ON, [(value,) for value in values], zone=ZoneInfo(zone)))[1:]
    assert [_as_moment(row[0]) for row in read] == [local(value, zone) for value in values]


def _as_moment(value: datetime | date) -> datetime:
    """calamine gives midnights as dates."""
    return value if isinstance(value, datetime) else wall(value.isoformat())


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    moment = datetime(2026, 3, 1, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    sheet = opened(sheet_of(ORDERED_ON, [(moment,)], zone=ZoneInfo("Asia/Tokyo")))["Orders"]
    assert sheet["A2"].value == wall("2026-03-02T13:30")
    assert sheet["A2"].number_format == "yyyy-mm-dd hh:mm:ss"


def test_a_moment_before_excels_calendar_is_text() -> None:
    values = [
        datetime(1899, 5, 4, 3, 2, 1, tzinfo=UTC),
        datetime(1900, 2, 28, 12, tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ]
    cells = [row[0] for row in raw_cells(sheet_of(ORDERED_ON, [(value,) for value in values]))[1:]]
    assert [cell.text for cell in cells] == [
        "1899-05-04 03:02:01+00:00",
        "1900-02-28 12:00:00+00:00",
        "0001-01-01 00:00:00+00:00",
        "9999-12-31 23:59:59+00:00",
    ]


@settings(max_examples=effort(40, 5_000))
@given(st.dates(date(1900, 3, 1)))
def test_dates_are_dates(day: date) -> None:
    content = sheet_of(PAID, [(day,), (None,)])
    sheet = opened(content)["Orders"]
    assert (sheet["A2"].value, sheet["A2"].number_format) == (wall(day.isoformat()), "yyyy-mm-dd")
    assert seen_by_calamine(content)[1] == [day]


def test_a_date_before_excels_calendar_is_text() -> None:
    assert raw_cells(sheet_of(PAID, [(date(1900, 2, 28),)]))[1][0].text == "1900-02-28"


@pytest.mark.parametrize(
    ("columns", "value"),
    [
        (ORDERED_ON, wall("2026-01-01")),
        (ORDERED_ON, date(2026, 1, 1)),
        (ORDERED_ON, "2026-01-01"),
        (PAID, datetime(2026, 1, 1, tzinfo=UTC)),
        (PAID, "2026-01-01"),
    ],
    ids=["naive", "date for moment", "text for moment", "moment for date", "text for date"],
)
def test_what_is_no_moment_or_date_is_refused(columns: list[Column], value: object) -> None:
    with pytest.raises(CellRejected) as refused:
        sheet_of(columns, [(None,), (value,)])
    assert refused.value.row == 3
