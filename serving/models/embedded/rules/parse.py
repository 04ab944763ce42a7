"""One reading of a question: the operations find what they work on, the rest is shown."""

import re
from dataclasses import dataclass
from datetime import date

from serving.models.embedded.english.words import Word
from serving.models.embedded.form.conditions import Unreadable
from serving.models.embedded.form.frame import Frame
from serving.models.embedded.rules import (
    ages,
    asking_when,
    comparing,
    date_order,
    denials,
    durations,
    endings,
    grouping,
    measuring,
    money,
    numbers,
    orders,
    others,
    own_amounts,
    people,
    periods,
    presence,
    present,
    showing,
    superlatives,
    values,
    versus,
)
from serving.models.embedded.rules.deeds import read_ways
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.rules.roles import read_did, read_referred, read_roles
from serving.models.embedded.rules.within import need_ranking
from serving.models.embedded.scan.resolve import Resolved
from serving.models.embedded.schema.joins import Joins
from serving.models.embedded.schema.lexicon import Lexicon

RULES = (
    people.read_people,
    read_did,
    others.refuse_others,
    endings.read_endings,
    denials.read_denials,
    values.read_empties,
    ages.read_ages,
    durations.read_lengths,
    durations.read_durations,
    money.read_spending,
    date_order.read_date_order,
    comparing.read_comparisons,
    superlatives.read_limits,
    numbers.read_numbers,
    versus.read_versus,
    values.read_values,
    orders.read_orders,
    measuring.read_attributes,
    superlatives.read_measures,
    grouping.read_groups,
    periods.read_periods,
    presence.read_presence,
    present.read_present,
    money.read_totals,
    own_amounts.read_own_amounts,
    measuring.read_amounts,
    asking_when.read_when,
    asking_when.read_too,
    showing.read_rest,
)


_OF_ALL = re.compile(
    r"\W*(?:are|is|do|does|did|have|has|had|were|was) (?:of )?(?:all|every|each)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Parse:
    """A frame, and the words of the operations that found nothing to work on."""

    frame: Frame
    idle: tuple[str, ...]


def _refuse_ones(now: Reading) -> None:
    """Refuse to count each thing's own rows: it is once there, whatever was asked.

    Raises:
        Unreadable: that is all that would be counted.
    """
    for measure in now.frame.measures:
        is_count = measure.expression is None and not measure.per
        if is_count and now.frame.groups == [measure.table]:
            raise Unreadable(
                "it does not say what of each of {table} is counted", table=measure.table
            )


def _average_of_all(now: Reading) -> None:
    """Read "parcels per pickup on average" as the average of all: each pickup has one number."""
    frame = now.frame
    averaged = [m for m in frame.measures if m.function == "AVG" and m.expression and not m.per]
    own = [group for group in frame.groups if any(m.table == group for m in averaged)]
    if own and len(averaged) == len(frame.measures) and not frame.columns:
        frame.groups = [group for group in frame.groups if group not in own]


def _refuse_all(now: Reading) -> None:
    """Refuse to tell whether all are so: that some are says nothing of the others.

    Raises:
        Unreadable: that is asked.
    """
    if _OF_ALL.match(now.question):
        raise Unreadable("it asks whether something is so of all of them")


def parse(
    resolved: Resolved,
    lexicon: Lexicon,
    joins: Joins,
    question: str,
    words: tuple[Word, ...],
    today: date,
) -> Parse:
    """Read resolved items into a frame.

    Raises:
        Unreadable: they cannot be put as one statement.
    """
    now = Reading.of(resolved, lexicon, joins, question, words, today)
    for read in RULES:
        read(now)
    read_ways(now)
    read_roles(now)
    read_referred(now)
    _average_of_all(now)
    _refuse_ones(now)
    _refuse_all(now)
    money.multiply_pieces(now)
    money.need_amount(now)
    need_ranking(now.frame)
    left = {at for at in range(len(now.items)) if at not in now.used}
    idle = (now.items[at].text for at in sorted(left.union(denials.denied_in_vain(now))))
    return Parse(now.frame, tuple(idle))
