"""When an embedded store writes what it holds in memory."""

import pytest

from tools.documents.pending import PendingRows


@pytest.mark.parametrize(
    ("is_embedded", "flushes"), [(True, [1_600, 3_200, 4_800, 6_400, 8_000]), (False, [])]
)
def test_rows_are_written_some_thousands_at_a_time(
    flushes: list[int], *, is_embedded: bool
) -> None:
    pending, found = PendingRows(is_embedded=is_embedded), list[int]()
    for written in range(200, 8_001, 200):
        if pending.add(200):
            pending.note_flush()
            found.append(written)
    assert found == flushes


def test_what_waits_grows_with_the_store_up_to_a_bound() -> None:
    pending, waits, waiting = PendingRows(is_embedded=True), list[int](), 0
    for _ in range(100):
        waiting += 1_000
        if pending.add(1_000):
            pending.note_flush()
            waits.append(waiting)
            waiting = 0
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (2_000, 10_000)
