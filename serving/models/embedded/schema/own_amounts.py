"""Tables that are called as the amount they hold: "energy" with `energy_kwh`, "Umsatz" with `betrag_eur`."""

from collections.abc import Iterator

from serving.models.embedded.english.words import MONEY, name_stems, stem, thing_stems
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.targets import ColumnRef, TableRef, is_numeric, is_year
from tools.sql.schema import Column

_ENERGY = frozenset(map(stem, "wh kwh mwh gwh".split()))
_UNITS = _ENERGY | frozenset(map(stem, MONEY | {"kg", "t", "tonnes", "tons", "litres", "liters"}))
_MONEY_NAMES = frozenset(
    map(
        stem,
        """revenue turnover income expense expenditure spending cost costs profit umsatz umsätze erlös
        erlöse einnahmen ausgaben kosten aufwand aufwendungen gewinn ertrag""".split(),
    )
)
_NAMES = _MONEY_NAMES | frozenset(
    map(stem, "energy consumption output production verbrauch energie produktion".split())
)
"""What adds up over the rows of a table that is called so."""
_AMOUNTS = frozenset(map(stem, "amount total value revenue betrag gesamtbetrag summe".split()))
_NO_SUMS = frozenset(
    map(
        stem,
        """price rate unit single each per preis einzelpreis stückpreis satz stundensatz tagessatz tarif
        je pro cumulative cumulated ytd kumuliert""".split(),
    )
)
_KINDS = frozenset("actual actuals plan planned budget forecast target ist soll prognose".split())
"""Values of a column that tells amounts apart of which no sum is one."""
_CURRENCIES = frozenset(map(stem, ("currency", "währung")))
_COUNTS = frozenset(map(stem, "quantity qty units copies pieces menge anzahl stück".split()))
_PLAIN = 0.9
"""The quality of a name by which a table is called."""


def is_amount(phrase: tuple[str, ...], lexicon: Lexicon) -> bool:
    """Whether words call a table that is called as an amount: no part of a longer name then."""
    senses = lexicon.phrases.get(phrase, ())
    tables = (one.target.table for one in senses if isinstance(one.target, TableRef))
    return any(is_called_so(table, lexicon) for table in tables)


def is_called_so(table: str, lexicon: Lexicon) -> bool:
    """Whether a table is called as an amount that adds up over its rows."""
    own = thing_stems(table)
    return own[-1] in _NAMES or bool(own_amount(table, lexicon))


def own_amount(table: str, lexicon: Lexicon) -> ColumnRef | None:
    """The one column that holds what the table is called after, where it adds up."""
    own = thing_stems(table)
    named = [ref for ref in _measures(table, lexicon) if _without_unit(ref) == own]
    summed = [r for r in named if own[-1] in _NAMES or name_stems(r.column)[-1] in _ENERGY]
    if named or own[-1] not in _MONEY_NAMES:
        return summed[0] if len(named) == len(summed) == 1 else None
    return _only_money(table, lexicon)


def parting(table: str, lexicon: Lexicon) -> tuple[ColumnRef, ...]:
    """The columns whose values no sum may put together: plan and actual, euros and dollars."""
    columns = lexicon.table(table).columns
    return tuple(ColumnRef(table, column.name) for column in columns if _parts(column))


def _parts(column: Column) -> bool:
    is_kind = any(value.strip().casefold() in _KINDS for value in column.samples)
    is_currency = not _CURRENCIES.isdisjoint(name_stems(column.name))
    return len(column.samples) > 1 and (is_kind or is_currency)


def _only_money(table: str, lexicon: Lexicon) -> ColumnRef | None:
    """The only amount of money of a row; a price of one of many is none."""
    measures = [*_measures(table, lexicon)]
    stems = {ref: frozenset(name_stems(ref.column)) for ref in measures}
    if any(not _COUNTS.isdisjoint(said) for said in stems.values()):
        return None
    money = [ref for ref, said in stems.items() if said & (_AMOUNTS | frozenset(map(stem, MONEY)))]
    return money[0] if len(money) == 1 and _NO_SUMS.isdisjoint(stems[money[0]]) else None


def _measures(table: str, lexicon: Lexicon) -> Iterator[ColumnRef]:
    for column in lexicon.table(table).columns:
        ref = ColumnRef(table, column.name)
        is_number = is_numeric(column) and not is_year(column)
        if is_number and not (lexicon.is_key(ref) or lexicon.is_numbering(ref)):
            yield ref


def _without_unit(ref: ColumnRef) -> tuple[str, ...]:
    stems = name_stems(ref.column)
    return stems[:-1] if len(stems) > 1 and stems[-1] in _UNITS else stems
