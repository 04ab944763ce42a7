"""Values of drivers as JSON, a prompt and a page can show them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tools.sql.cells import as_cell

CELLS: list[tuple[object, object]] = [
    (None, None),
    (True, True),
    (38.400000000000006, 38.4),
    (float("nan"), "nan"),
    (Decimal("0.0000001"), "0.0000001"),
    (date(2024, 2, 29), "2024-02-29"),
    (datetime(2024, 2, 29, 12, 30, tzinfo=UTC), "2024-02-29T12:30:00+00:00"),
    (b"\x00\x01", "2 bytes"),
    # JavaScript, and with it most readers of JSON, keep 53 bits of a number.
    (9_007_199_254_740_991, 9_007_199_254_740_991),
    (9_007_199_254_740_993, "9007199254740993"),
    (-9_007_199_254_740_992, "-9007199254740992"),
    # MariaDB's TIME holds up to 838 hours.
    (timedelta(hours=26, minutes=5), "26:05:00"),
    (timedelta(seconds=-90), "-00:01:30"),
    (timedelta(seconds=1, microseconds=500_000), "00:00:01.500000"),
    ({"a": [1, None, "ü"]}, '{"a": [1, null, "ü"]}'),
    ([date(2024, 1, 1), Decimal("1.50")], '["2024-01-01", "1.50"]'),
    (("1", "a"), '["1", "a"]'),
]


@pytest.mark.parametrize(("value", "cell"), CELLS, ids=[str(value) for value, _ in CELLS])
def test_a_value_keeps_what_it_says(value: object, cell: object) -> None:
    assert as_cell(value) == cell
    assert type(as_cell(value)) is type(cell)
