"""Names in the access settings that match nothing in the database, and what to do about them."""

import logging
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache

from tools.errors import Unavailable
from tools.sql.access import Access, denying_names

_LOG = logging.getLogger(__name__)
_NEAR = 0.75


def check_access(
    access: Access,
    tables: Collection[str],
    columns: Mapping[str, Collection[str]],
    others: Iterable[tuple[str, str]] = (),
) -> tuple[str, ...]:
    """See that every denied name denies something; a sentence for each allowed table that does not exist.

    `tables` are those that exist, open or not, with their `columns`; `others` are further
    (table, column) pairs that a denial may be about, such as those behind views.

    Raises:
        Unavailable: a denied name matches nothing, so that what was meant would be open.
    """
    named = {(table, column) for table, found in columns.items() for column in found}
    known = {name for pair in (*named, *others) for name in denying_names(*pair)}
    lost = sorted(name for name in access.denied_columns if _is_lost(name, known))
    if lost:
        is_open = {f"{t}.{c}" for t, c in named if access.shows(t) and not access.denies(t, c)}
        problem = " ".join(_undenied(name, access, known, is_open) for name in lost)
        _log_once(problem)
        raise Unavailable(problem)
    unknown = _unknown_tables(access, tables)
    for each in unknown:
        _log_once(each)
    return unknown


def _unknown_tables(access: Access, tables: Collection[str]) -> tuple[str, ...]:
    known = {table.lower() for table in tables}
    spaces = {f"{name.rpartition('.')[0]}.*".removeprefix(".") for name in known}
    lost = sorted((access.allowed_tables or frozenset()) - known - spaces)
    return tuple(
        f"allowed_tables: {name!r} matches no table or view.{_nearest(name, known)} "
        "Correct the name, or delete it."
        for name in lost
    )


def _is_lost(name: str, known: Collection[str]) -> bool:
    return name not in known and (not name.startswith("*.") or name == "*.*")


def _undenied(name: str, access: Access, known: Collection[str], is_open: Collection[str]) -> str:
    whose = "The semantic model hides" if name in access.modelled else "denied_columns:"
    column = name.rpartition(".")[0]
    if not name.endswith(".*") and column in known and "." in column:
        return (
            f"{whose} {name!r}, but {column!r} is a column and its fields cannot be denied one by one. "
            f"Deny {column!r} instead."
        )
    among = is_open if "." in name else {each.rpartition(".")[2] for each in is_open}
    if name.endswith(".*"):
        among = {f"{each.rpartition('.')[0]}.*" for each in is_open}
    last = name.rpartition(".")[2]
    keep = ""
    if name not in access.modelled and last != "*":
        keep = f" '*.{last}' denies the name in every table, even where none has it yet."
    return (
        f"{whose} {name!r}, which matches no column that the login can see: nothing would be denied."
        f"{_nearest(name, among)} Correct the name, or delete it if the column is gone.{keep}"
    )


def _nearest(name: str, among: Collection[str]) -> str:
    by_lower = {each.lower(): each for each in sorted(among)}
    near = get_close_matches(name, by_lower, n=3, cutoff=_NEAR)
    return f" Nearest: {', '.join(by_lower[each] for each in near)}." if near else ""


@lru_cache(256)
def _log_once(problem: str) -> None:
    _LOG.error("%s", problem)
