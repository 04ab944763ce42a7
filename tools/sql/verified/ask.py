"""The verified query that a question is: found without a model, and filled with what it says."""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.caller import Caller
from tools.errors import Correctable
from tools.language.pack import LanguagePack, pack_for
from tools.sql.golden import GoldenQuery, VerifiedUse, same_question
from tools.sql.run import Database
from tools.sql.verified.compounds import deeds_of, with_parts
from tools.sql.verified.match import (
    AskedQuestion,
    Filling,
    SpokenValue,
    fillings,
    literals_of,
    may_fit,
)
from tools.sql.verified.reading import tokens_of, without_opening
from tools.sql.verified.stored import SpokenValues
from tools.sql.verified.template import Template, ValueSlot

_LONGEST = 60
"""Words in a question that is compared; what is longer says more than a verified one."""


@dataclass(frozen=True, slots=True)
class VerifiedQuery:
    """A statement that a person verified, with this question's values in it."""

    sql: str
    use: VerifiedUse


def verified_query(
    database: Database, question: str, *, caller: Caller, may_ask: bool = True
) -> VerifiedQuery | None:
    """The one verified query that the question is; None where there is none, or more than one.

    Without `may_ask`, a person approves statements first: stored values are not looked up.

    Raises:
        Unavailable: the database cannot be reached or read.
    """
    pairs = database.golden()
    same = same_question(pairs, question)
    if same is not None:
        return VerifiedQuery(same.sql, _use(same, Filling(())))
    templates = database.templates()
    asked = asked_question(database, question) if templates else None
    if asked is None or len(asked.tokens) > _LONGEST:
        return None
    stored = SpokenValues(database, asked, caller, may_ask=may_ask)
    found = [
        VerifiedQuery(_filled(template, filling, database), _use(template.pair, filling))
        for template in templates
        if may_fit(template, asked)
        for filling in _fillings(template, asked, stored)
    ]
    return (
        found[0]
        if found and len({one.sql for one in found}) == 1 and _passes(found[0], database)
        else None
    )


def asked_question(database: Database, question: str) -> AskedQuestion:
    """The question taken apart."""
    pack = pack_for(question)
    plain = without_opening(question, pack)
    names = database.names(pack)
    tokens = with_parts(tokens_of(plain, pack), pack, names, _deeds(database, pack))
    return AskedQuestion(question, pack, tuple(tokens), names)


def _deeds(database: Database, pack: LanguagePack) -> frozenset[str]:
    """The stems of what the verified questions in a language say was done."""
    return frozenset(
        deed
        for template in database.templates()
        for item in template.items
        if template.pack.code == pack.code and item.kind == "word" and not item.names
        for deed in deeds_of(item.key, pack)
    )


def _fillings(template: Template, asked: AskedQuestion, stored: SpokenValues) -> list[Filling]:
    values: dict[int, Sequence[SpokenValue]] = {}
    strict = False
    for at, slot in enumerate(template.slots):
        if not isinstance(slot, ValueSlot):
            continue
        found = _common([stored.of(*column) for column in slot.columns])
        clear: list[SpokenValue] = []
        for value in found:
            others = stored.elsewhere(template.tables, slot.columns, value)
            if all(stored.has(*other, slot.spoken) for other in others):
                clear.append(value)
                strict = strict or bool(others)
        values[at] = clear
    return list(fillings(template, asked, values, strict=strict))


def _common(found: Sequence[list[SpokenValue]]) -> list[SpokenValue]:
    """The values that all the columns of a slot have."""
    return [value for value in found[0] if all(value in others for others in found[1:])]


def _filled(template: Template, filling: Filling, database: Database) -> str:
    return template.filled(literals_of(filling), database.dialect)


def _passes(found: VerifiedQuery, database: Database) -> bool:
    try:
        database.check(found.sql)
    except Correctable:
        return False
    return True


def _use(pair: GoldenQuery, filling: Filling) -> VerifiedUse:
    return VerifiedUse(pair.question, pair.verified_by, pair.verified_at, filling.said)
