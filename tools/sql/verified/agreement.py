"""The verified query that a reading of a question comes to, whatever its words are.

Two that agree: a person's statement for a question of another wording, and what the rules read in
this one. The person's is taken, with the values that were read.
"""

from collections.abc import Iterator, Sequence

from sqlglot import exp

from tools.errors import Refused
from tools.language.pack import pack_for
from tools.language.periods import periods_in, written_forms
from tools.sql.golden import VerifiedUse
from tools.sql.guard import Admitted
from tools.sql.run import Database
from tools.sql.verified.alike import may_agree
from tools.sql.verified.ask import VerifiedQuery, asked_question
from tools.sql.verified.match import AskedQuestion
from tools.sql.verified.outline import StatementOutline, outline_of
from tools.sql.verified.reading import Piece, SaidItem, asks_whether as begins_whether, items_of
from tools.sql.verified.template import (
    Literals,
    NumberSlot,
    PeriodSlot,
    Template,
    ValueSlot,
    places_of,
)

Filled = tuple[dict[tuple[bool, str], str], list[tuple[str, str]]]
"""A statement's new literals, and the (verified, asked) words that differ."""


def agreed_query(database: Database, question: str, sql: str) -> VerifiedQuery | None:
    """The one verified query that does what a statement for the question does, with its values.

    None where there is none, or more than one.

    Raises:
        Unavailable: the database cannot be reached or read.
    """
    templates = [one for one in database.templates() if not one.asks_whether]
    read = _outlined(database, sql) if templates else None
    if read is None:
        return None
    found = dict(_agreed(database, question, read, templates))
    return next(iter(found.values())) if len(found) == 1 else None


def _agreed(
    database: Database, question: str, read: StatementOutline, templates: Sequence[Template]
) -> Iterator[tuple[str, VerifiedQuery]]:
    asked = asked_question(database, question)
    for template in () if begins_whether(asked.tokens, asked.pack) else templates:
        verified = _outlined(database, template.pair.sql)
        if verified is None or not verified.is_of(read):
            continue
        filled = _filled(template, verified.literals, read.literals, question)
        if filled is None or not _may_agree(database, template, filled[0], asked):
            continue
        literals, said = filled
        sql, pair = template.filled(literals, database.dialect), template.pair
        again = _outlined(database, sql)
        if again is not None and _texts(again) == _texts(read):
            use = VerifiedUse(pair.question, pair.verified_by, pair.verified_at, tuple(said))
            yield sql, VerifiedQuery(sql, use)


def _may_agree(
    database: Database, template: Template, literals: Literals, asked: AskedQuestion
) -> bool:
    """Whether the question's words are for what the template does, its values taken out."""
    pieces: list[Piece | SaidItem] = list(asked.tokens)
    for at, slot in enumerate(template.slots):
        spoken = _spoken(database, slot, literals) if isinstance(slot, ValueSlot) else ()
        places = (place for one in spoken for place in places_of(pieces, one, asked.pack))
        first = next(places, None)
        if first is not None:
            pieces[first[0] : first[1]] = [SaidItem("value", "", slot=at)]
    items = items_of(pieces, asked.pack, asked.names, sums=template.sums)
    return may_agree(template, items, asked.tokens, asked.pack, asked.names)


def _spoken(database: Database, slot: ValueSlot, literals: Literals) -> Sequence[str]:
    """What a value is called, by its code's meanings and as it is stored."""
    text = literals.get(slot.literal, slot.literal[1])
    table = database.schema().table(slot.columns[0][0])
    column = table.column(slot.columns[0][1]) if table is not None else None
    codes = dict(column.meaning.codes) if column is not None else {}
    return (*codes.get(text, ()), text)


def _outlined(database: Database, sql: str) -> StatementOutline | None:
    try:
        admitted: Admitted = database.check(sql)
    except Refused:
        return None
    return outline_of(admitted, database.schema())


def _texts(outline: StatementOutline) -> list[tuple[bool, str]]:
    return [(bool(one.is_string), one.name) for one in outline.literals]


def _filled(
    template: Template,
    own: Sequence[exp.Literal],
    read: Sequence[exp.Literal],
    question: str,
) -> Filled | None:
    """What the slots get; None where something else differs, or one would get two values."""
    slots = {key: slot for slot in template.slots for key in _keys(slot)}
    found: dict[tuple[bool, str], str] = {}
    for mine, other in zip(own, read, strict=True):
        key, text = (bool(mine.is_string), mine.name), other.name
        if bool(other.is_string) != key[0] or (key not in slots and key[1] != text):
            return None
        if found.setdefault(key, text) != text:
            return None
    said: list[tuple[str, str]] = []
    for slot in template.slots:
        asked = _asked(slot, found, question)
        if asked is None:
            return None
        if asked.lower() != slot.spoken.lower():
            said.append((slot.spoken, asked))
    return {key: text for key, text in found.items() if key in slots}, said


def _keys(slot: ValueSlot | PeriodSlot | NumberSlot) -> list[tuple[bool, str]]:
    return [key for key, _ in slot.forms] if isinstance(slot, PeriodSlot) else [slot.literal]


def _asked(slot: ValueSlot | PeriodSlot | NumberSlot, found: Literals, question: str) -> str | None:
    """What stands in the question for a slot; None where no such period does."""
    if not isinstance(slot, PeriodSlot):
        return found.get(slot.literal, slot.literal[1])
    for span in periods_in(question, pack_for(question)):
        forms = dict(written_forms(span.period))
        is_like = span.period.grain == slot.period.grain
        if is_like and all(found.get(key) == forms[form] for key, form in slot.forms):
            return question[span.begin : span.end]
    return None
