"""Heads of a printed table that stand beside their columns instead of above them."""

from collections.abc import Sequence


def heads_over_values(
    header: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The header and rows without a column that has a head and no value beside one with values alone.

    Where heads are set at the left and numbers at the right, they need not overlap.
    """
    kept, place = list(range(len(header))), 1
    names = list(header)
    while place < len(kept):
        before, here = kept[place - 1], kept[place]
        alone = _head_alone(before, here, names, rows) if place > 1 else None
        if alone is None:
            place += 1
            continue
        other = here if alone == before else before
        names[other] = names[alone]
        kept.remove(alone)
    return tuple(names[n] for n in kept), [tuple(row[n] for n in kept) for row in rows]


def _head_alone(
    one: int, other: int, names: Sequence[str], rows: Sequence[Sequence[str]]
) -> int | None:
    """Which of two neighbours has nothing but a head, where the other has nothing but values."""
    for head, values in ((one, other), (other, one)):
        is_empty = not any(row[head] for row in rows)
        if names[head] and is_empty and not names[values] and any(row[values] for row in rows):
            return head
    return None
