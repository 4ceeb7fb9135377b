"""Money, numbers and truth values: exact to the last digit, and shown in their currency."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.domain.currencies import MINOR_DIGITS
from store.domain.money import InvalidMoney, minor_digits
from store.workbooks import CellRejected, Column, ColumnKind
from tests.store.workbooks.reading import opened, raw_cells, seen_by_calamine, sheet_of
from tests.support.effort import effort

MONEY = [Column("Currency"), Column("Paid Amount", ColumnKind.MONEY, currency="Currency")]
AMOUNT = [Column("Currency"), Column("Paid Amount", ColumnKind.AMOUNT, currency="Currency")]
FORMATS = {
    "JPY": "[$JPY] #,##0",
    "USD": "[$USD] #,##0.00",
    "KWD": "[$KWD] #,##0.000",
    "IQD": "[$IQD] #,##0.000",
    "RSD": "[$RSD] #,##0.00",
    "CLF": "[$CLF] #,##0.0000",
}

currencies = st.sampled_from(sorted(FORMATS))
minor_units = st.one_of(st.integers(-2_000, 2_000), st.integers(-(10**16), 10**16), st.integers())


def significant(number: Decimal) -> int:
    """Digits of a number between its first and its last that is not 0."""
    return len("".join(str(digit) for digit in number.as_tuple().digits).strip("0"))


@settings(max_examples=effort(120, 10_000))
@given(st.lists(st.tuples(currencies, st.none() | minor_units), min_size=1, max_size=12))
def test_money_is_exact_to_the_minor_unit(rows: list[tuple[str, int | None]]) -> None:
    content = sheet_of(MONEY, rows)

    cells = [row[1] for row in raw_cells(content)[1:]]
    for (currency, minor), cell in zip(rows, cells, strict=True):
        if minor is None:
            assert cell.text == ""
            continue
        exact = Decimal((0, (), 0)) if minor == 0 else Decimal(f"{minor}E-{minor_digits(currency)}")
        assert Decimal(cell.text) == exact
        # A spreadsheet keeps 15 digits of a number: a longer one stands there as text, whole.
        assert cell.type == ("n" if significant(exact) <= 15 else "inlineStr")
    formats = [row[1].number_format for row in opened(content)["Orders"].iter_rows(min_row=2)]
    for (currency, _), cell, number_format in zip(rows, cells, formats, strict=True):
        assert number_format == (FORMATS[currency] if cell.type == "n" and cell.text else "General")


@settings(max_examples=effort(80, 10_000))
@given(st.lists(st.tuples(currencies, st.none() | st.decimals(allow_nan=False, allow_infinity=False)), min_size=1))
def test_amounts_are_exact_in_all_their_digits(rows: list[tuple[str, Decimal | None]]) -> None:
    cells = [row[1] for row in raw_cells(sheet_of(AMOUNT, [row for row in rows if _modest(row[1])]))[1:]]
    for (_, amount), cell in zip([row for row in rows if _modest(row[1])], cells, strict=True):
        assert (cell.text == "") if amount is None else (Decimal(cell.text) == amount)


def _modest(amount: Decimal | None) -> bool:
    return amount is None or abs(int(amount.as_tuple().exponent)) < 1_000


def test_money_of_every_currency_is_a_number_to_every_reader() -> None:
    """Some readers take a format with a D, an M or a Y in it for a date's."""
    codes = sorted(MINOR_DIGITS)
    content = sheet_of(MONEY, [(code, 1234) for code in codes])

    expected = [float(Decimal(1234).scaleb(-minor_digits(code))) for code in codes]
    assert [row[1] for row in seen_by_calamine(content)[1:]] == expected
    cells = [row[1] for row in opened(content)["Orders"].iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == expected
    assert {cell.data_type for cell in cells} == {"n"}
    assert all(cell.number_format.startswith(f"[${code}] #,##0") for code, cell in zip(codes, cells, strict=True))


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        (Column("Items", ColumnKind.INTEGER), 0, "0"),
        (Column("Items", ColumnKind.INTEGER), -17, "-17"),
        (Column("Items", ColumnKind.INTEGER), 999_999_999_999_999, "999999999999999"),
        (Column("Items", ColumnKind.INTEGER), 9_999_999_999_999_999, "9999999999999999"),
        (Column("Rate", ColumnKind.NUMBER), Decimal("0.125"), "0.125"),
        (Column("Rate", ColumnKind.NUMBER), Decimal("1E-7"), "0.0000001"),
        (Column("Rate", ColumnKind.NUMBER), Decimal("1E+20"), "100000000000000000000"),
        (Column("Rate", ColumnKind.NUMBER), 3, "3"),
        (Column("Auto-renew", ColumnKind.BOOLEAN), True, "1"),
        (Column("Auto-renew", ColumnKind.BOOLEAN), False, "0"),
    ],
)
def test_a_number_keeps_its_digits(column: Column, value: object, text: str) -> None:
    ((cell, empty),) = zip(*raw_cells(sheet_of([column], [(value,), (None,)]))[1:], strict=True)
    assert (cell.text, empty.text) == (text, "")
    kind = "b" if isinstance(value, bool) else "n" if len(text.strip("0")) <= 15 else "inlineStr"
    assert cell.type == kind


def test_numbers_are_shown_in_their_columns_format() -> None:
    column = Column("Discount", ColumnKind.NUMBER, number_format="0.0%")
    sheet = opened(sheet_of([column], [(Decimal("0.125"),)]))["Orders"]
    assert (sheet["A2"].value, sheet["A2"].number_format) == (0.125, "0.0%")


SECRET = "Northwind Traders"


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        ([Column("Items", ColumnKind.INTEGER)], (1.5,)),
        ([Column("Items", ColumnKind.INTEGER)], (SECRET,)),
        ([Column("Rate", ColumnKind.NUMBER)], (1.5,)),
        ([Column("Rate", ColumnKind.NUMBER)], (Decimal("NaN"),)),
        ([Column("Rate", ColumnKind.NUMBER)], (Decimal("Infinity"),)),
        ([Column("Auto-renew", ColumnKind.BOOLEAN)], (SECRET,)),
        ([Column("Customer")], (5,)),
        ([Column("Customer")], (b"bytes",)),
        (MONEY, ("USD", 12.5)),
        (MONEY, ("USD", SECRET)),
        (MONEY, (None, 5)),
        (MONEY, ("", 5)),
        (MONEY, ("usd", 5)),
        (MONEY, ('"0', 5)),
        (AMOUNT, (None, Decimal(5))),
        (AMOUNT, ("USD", 12.5)),
    ],
)
def test_a_value_of_another_kind_is_refused_by_its_place(columns: list[Column], row: tuple[object, ...]) -> None:
    good: tuple[object, ...] = tuple(None for _ in columns)
    with pytest.raises(CellRejected) as refused:
        sheet_of(columns, [good, good, row, good])
    assert (refused.value.sheet, refused.value.row, refused.value.column) == ("Orders", 4, columns[-1].title)
    assert type(row[-1]).__name__ in str(refused.value)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None


def test_an_unknown_currency_is_told_by_whoever_knows_currencies() -> None:
    with pytest.raises(InvalidMoney):
        sheet_of(MONEY, [("XQX", 5)])


def test_a_currency_that_is_no_text_is_refused() -> None:
    columns = [Column("Paid Amount", ColumnKind.MONEY, currency="Currency"), Column("Currency")]
    with pytest.raises(CellRejected) as refused:
        sheet_of(columns, [(5, 840)])
    assert refused.value.column == "Paid Amount"


def test_money_without_amount_needs_no_currency() -> None:
    assert [cell.text for cell in raw_cells(sheet_of(MONEY, [(None, None)]))[1]] == ["", ""]
