"""The spans of a question that mean something in a schema, each with its alternatives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import starmap

from serving.models.embedded.english import triggers
from serving.models.embedded.english.deeds import is_participle, same_deed
from serving.models.embedded.english.periods import read_period
from serving.models.embedded.english.triggers import Kind, Trigger
from serving.models.embedded.english.voices import is_active, is_passive
from serving.models.embedded.english.words import (
    NUMBERS,
    STOP,
    UNITS,
    VAGUE,
    Word,
    is_filler,
    is_weak,
    spelled_out,
    split,
    stem,
    thing_words,
)
from serving.models.embedded.scan.mentions import Mention, Option, Pattern, spoken_number
from serving.models.embedded.scan.pairs import dated, lasting, numbered
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.own_amounts import is_amount
from serving.models.embedded.schema.shorts import clipped_names, coded, is_shortened_to
from serving.models.embedded.schema.targets import ColumnRef, Sense, TableRef, truth
from serving.models.embedded.schema.values import Stored, Values
from tools.sql.words import is_bare_of

_EACH = frozenset(("each", "every", "per"))
_OF_ONE = frozenset(("a", "an"))
_LONGEST = 8
"""Words in one span."""
_DATED = 2
"""Words of a deed with its date, or of a thing with its number."""
_CLIPPED = 3
"""Words that a name of clipped words may stand for."""
_ACRONYM = 3
"""Words that may be written by their initials."""
_EDGES = frozenset(", a an the of in on at to for and or with by is are from".split())
_BEFORE_ONE = frozenset("least most than only exactly just over with between".split())
"""Words after which "one" is a number: elsewhere it stands for a thing."""
_COUNTING = frozenset("many of most fewest more fewer least".split())
"""Words after which "people" is a number of them."""
_BEFORE_NAME = frozenset(("the", "each", "per", "by", "their", "its", ","))
_OF_SORTING = frozenset("by from alphabetically ascending descending asc desc order".split())
_BEFORE_PLACE = frozenset("in from at on of to for".split())
_LINKS = frozenset(("and", "or", ","))
_SAYING = frozenset("is are was were been be not been yet being non".split())
"""Words before a participle that says something of a thing: "were paid"."""
_ONE = ("one", "single")
_DOING, _ONES = frozenset(("pay", "pays", "charge", "charges")), frozenset(("a", "an", "any", "no"))
_PREPOSITIONS = frozenset("from to in of for by on at with until since and or".split())
_FEW_SMALL = 2
"""Words in small letters that a question has which is not written large as a whole."""
_ALIKE = 0.8
"""What is left of a name's quality where a word only shares its stem."""
_WHOLE, _WHOLE_VALUE, _PART_VALUE, _SOLD = 0.97, 0.95, 0.6, 0.9
_PLAIN, _IN_NAME = 0.75, 0.55
"""The quality of a name that names a table plainly, and of a word that stands in a column's."""


def is_unit(words: tuple[Word, ...], at: int) -> bool:
    """Whether a word is the unit of the number before it."""
    return at > 0 and words[at].lower in UNITS and words[at - 1].text[:1].isdigit()


@dataclass(frozen=True, slots=True)
class Spans:
    """The words of a question, and what they may mean in a schema."""

    words: tuple[Word, ...]
    lexicon: Lexicon
    values: Values
    today: date

    def at(self, at: int) -> list[Mention]:
        """Every span that begins here and means something."""
        found: list[Mention] = []
        period = read_period(self.words[at : at + 8], self.today)
        if is_unit(self.words, at) and not self._is_name(self.words[at]):
            return []
        for length in range(1, min(_LONGEST, len(self.words) - at) + 1):
            span = self.words[at : at + length]
            options = self._options(at, span)
            if period is not None and period[0] == length:
                options.append(Option(period[1], 0.98))
            if options:
                options.sort(key=lambda option: -option.quality)
                text = " ".join(word.text for word in span)
                found.append(Mention(text, at, at + length, tuple(options[:10])))
        return found

    def _options(self, at: int, span: Sequence[Word]) -> list[Option]:
        if span[0].is_quoted:
            return self._quoted(span)
        if any(word.is_quoted for word in span):
            return []
        if len(span) == 1 and self._is_sought(at):
            return [Option(Pattern(span[0].text), 0.99)]
        is_other = self._is_deed_of_things(at, span) or self._is_in_name(at, span)
        asked = None if is_other else triggers.trigger(span)
        is_done = len(span) == 1 and is_active(self.words, at) and bool(self._said_done(at, []))
        options, stored = self._names(at, span), [] if is_done else self._stored(at, span)
        is_whole = bool(options) and options[0].quality >= _WHOLE
        if asked is not None and not (asked.kind is Kind.BEYOND and is_whole):
            return _asked(asked, options, stored)
        is_state = bool(stored) and is_passive(self.words, at)
        if len(span) == 1 and (is_state or any(o.quality >= _WHOLE_VALUE for o in stored)):
            # "Senior" is a seniority that is stored, and no name of the column.
            is_name = self._is_written(span[0]) and not is_state
            options = options if is_name else [_less(o) for o in options]
        options += stored or (self._coded(at) if not options and len(span) == 1 else [])
        number = spoken_number(span)
        if number is None or (span[0].lower in _ONE and not self._is_counted(at)):
            return options or self._identified(span)
        return [*options, Option(number, 0.9)]

    def _is_in_name(self, at: int, span: Sequence[Word]) -> bool:
        """Whether the words are a part of a name that is written large: "bought Care Total"."""
        if at < 2 or not all(word.text[:1].isupper() for word in span):
            return False
        small = [word for word in self.words if word.text[:1].islower()]
        before = self.words[at - 1]
        return before.text[:1].isupper() and before.lower not in STOP and len(small) > _FEW_SMALL

    def _is_written(self, word: Word) -> bool:
        """Whether a word stands in the name of what it means, rather than shares its stem with it."""
        forms = {word.lower, word.lower.removesuffix("s")}
        return not forms.isdisjoint(self.lexicon.spellings)

    @staticmethod
    def _identified(span: Sequence[Word]) -> list[Option]:
        """What looks like an identifier is one, though nothing of that name is stored."""
        text = span[0].text
        is_code = (
            len(span) == 1 and any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
        )
        return [Option(Pattern(text), 0.5)] if is_code else []

    def _is_counted(self, at: int) -> bool:
        before = [word.lower for word in self.words[max(0, at - 2) : at]]
        return any(word in _BEFORE_ONE for word in before[-1 - (before[-1:] == ["a"]) :])

    def _is_sought(self, at: int) -> bool:
        """Whether the word stands right behind a "contains the letter", or an "or" behind such a one."""
        if at > 1 and self.words[at - 1].lower == "or":
            return self._is_sought(at - 2)
        starts = range(max(0, at - triggers.LONGEST), at)
        asked = (triggers.trigger(self.words[start:at]) for start in starts)
        return any(found is not None and found.kind is Kind.LIKE for found in asked)

    def _quoted(self, span: Sequence[Word]) -> list[Option]:
        if len(span) > 1:
            return []
        inner = split(span[0].text)
        stored = [Option(s, 1.0) for s in self.values.named(inner)] if inner else []
        return [*stored, Option(Pattern(span[0].text), 0.7)]

    def _is_stop(self, at: int) -> bool:
        """Whether a word says nothing alone: it does where it is the name of a column, "the make"."""
        word = self.words[at].lower
        before = self.words[at - 1].lower if at else ""
        is_counted = (before in NUMBERS or before.isdigit()) and word not in _PREPOSITIONS
        is_named = word in self.lexicon.spellings and (before in _BEFORE_NAME or is_counted)
        is_named = is_named or (word == "kind" and before in _EACH)
        return (word in STOP and not (is_named or self._is_done(at))) or self._is_verb(at)

    def _is_verb(self, at: int) -> bool:
        """Whether a word that may be an amount says what is done: who "pays a deposit" has one."""
        after = self.words[at + 1].lower if at + 1 < len(self.words) else ""
        return self.words[at].lower in _DOING and after in _ONES

    def _is_done(self, at: int) -> bool:
        """Whether a word says what was done with a thing, and the schema knows when or whether it was."""
        before, after = (self.words[n : n + 1] if n >= 0 else () for n in (at - 1, at + 1))
        is_said = any(word.lower in _SAYING for word in before) or any(
            isinstance(sense.target, TableRef)
            for word in after
            for sense in self.lexicon.phrases.get((word.stem,), ())
        )
        return is_said and is_participle(self.words[at].lower) and bool(self._done(at))

    def _things_done(self, word: Word) -> list[Option]:
        """The things that come of what was done: of who "ordered", orders."""
        names = [table.name for table in self.lexicon.schema.tables]
        if is_weak(word):
            names = [name for name in names if len(thing_words(name)) == 1]
        done = [name for name in names if same_deed(word.lower, thing_words(name)[-1])]
        done.sort(key=lambda name: len(thing_words(name)))
        return [
            Option(TableRef(name), 0.8) for name in done[:1] or self.lexicon.done_by(word.lower)
        ]

    def _is_deed_of_things(self, at: int, span: Sequence[Word]) -> bool:
        """Whether "ordered" puts nothing in order: no way to sort stands behind it."""
        after = {word.lower for word in self.words[at + 1 : at + 3]}
        is_deed = len(span) == 1 and span[0].lower == "ordered" and _OF_SORTING.isdisjoint(after)
        return is_deed and bool(self._things_done(span[0]))

    def _done(self, at: int) -> list[Option]:
        """The columns that say when, or whether, what a word says was done."""
        word = self.words[at]
        found = (*self.lexicon.marked(word.stem), *self.lexicon.done_on(word.lower))
        return [Option(column, 0.9) for column in dict.fromkeys(found)]

    def _said_done(self, at: int, named: list[Option]) -> list[Option]:
        """What a participle says: "published" says when that was, rather than who the publisher is."""
        if not named:
            return self._done(at) or self._things_done(self.words[at])
        done = [Option(column, 0.9) for column in self.lexicon.done_on(self.words[at].lower)]
        done = done or (self._things_done(self.words[at]) if is_active(self.words, at) else [])
        is_other = done and not self._is_written(self.words[at])
        return [*map(_less, named), *done] if is_other else named

    def _is_vague(self, at: int) -> bool:
        """Whether a word such as "people" is not a name here: it is one where it is counted."""
        word, before = self.words[at], self.words[at - 1].lower if at else ""
        if word.lower not in VAGUE or before in _COUNTING:
            return False
        # "The sales amount" is not an amount that another table has.
        owners = {
            c.target.table for c in self._phrases(at - 1, _PLAIN) if isinstance(c.target, TableRef)
        }
        named = (c.target for c in self._phrases(at, _IN_NAME) if isinstance(c.target, ColumnRef))
        named = (ref for ref in named if word.stem in self._words_of(ref))
        return not any(not owners or ref.table in owners for ref in named)

    def _words_of(self, ref: ColumnRef) -> tuple[str, ...]:
        """The stems of a column's name, and the single words that a semantic model calls it."""
        called = self.lexicon.column(ref).meaning.names
        return (*spelled_out(ref.column), *(stem(name) for name in called if " " not in name))

    def _phrases(self, at: int, quality: float) -> list[Sense]:
        """What a word alone names, at least so well."""
        found = self.lexicon.phrases.get((self.words[at].stem,), ()) if at >= 0 else ()
        return [candidate for candidate in found if candidate.quality >= quality]

    def _names(self, at: int, span: Sequence[Word]) -> list[Option]:
        if len(span) == 1 and (self._is_stop(at) or self._is_vague(at)):
            return []
        stems = tuple(word.stem for word in span)
        found = [Option(c.target, c.quality) for c in self.lexicon.phrases.get(stems, ())]
        inner = [at for at, word in enumerate(span) if word.lower == "of"]
        if found and len(span) > 1 and not self._is_spelt(span):
            found = []
        if (
            not found
            and len(inner) == 1
            and 0 < inner[0] < len(span) - 1
            and not (self._is_table(span) or is_amount(stems[: inner[0]], self.lexicon))
            and not self._is_numbered(at + len(span))
        ):
            # "type of pet" is the pet type, and "cost of a repair" the repair cost.
            named = (
                inner[0] + 1 + (span[inner[0] + 1].lower in _OF_ONE and len(span) > inner[0] + 2)
            )
            turned = stems[named:] + stems[: inner[0]]
            plain = stems[: inner[0]] + stems[named:]
            both = (*self.lexicon.phrases.get(turned, ()), *self.lexicon.phrases.get(plain, ()))
            found = [
                Option(c.target, c.quality * 0.97)
                for c in both
                if c.quality >= 0.9 and isinstance(c.target, ColumnRef)
            ]
        if len(span) == 1 and is_participle(span[0].lower):
            found = self._said_done(at, found)
        if not found and len(span) == _DATED:
            found = dated(span, self.lexicon) or numbered(span, self.lexicon)
        if not found and len(span) >= _ACRONYM and not {span[0].lower, span[-1].lower} & _EDGES:
            # "miles per gallon" is the column MPG; words of a comment are no initials.
            initials = "".join(word.lower[:1] for word in span)
            named = self.lexicon.phrases.get((initials,), ())[:2]
            found = [Option(c.target, 0.9) for c in named if c.quality >= 0.9]
        if not found and len(span) == 1 and not is_filler(span[0]):
            bare = (name for name in self.lexicon.words if is_bare_of(name, span[0].lower))
            found = [
                Option(c.target, 0.9 * c.quality)
                for name in bare
                for c in self.lexicon.phrases[(name,)]
            ]
        found = found or (lasting(self.words, at, self.lexicon) if len(span) == 1 else [])
        found = found or self._clipped(span)
        if not found and len(span) == 1 and not is_filler(span[0]):
            found = [
                Option(c.target, 0.6 * c.quality)
                for short in self.lexicon.words
                if is_shortened_to(short, span[0])
                for c in self.lexicon.phrases[(short,)]
            ]
        return [option for option in found if option.quality >= 0.3]

    def _is_name(self, word: Word) -> bool:
        """Whether a word is a name by itself, unit or not: "300 pages"."""
        return any(c.quality >= 0.9 for c in self.lexicon.phrases.get((word.stem,), ()))

    def _is_spelt(self, span: Sequence[Word]) -> bool:
        """Whether words that mostly mean nothing stand in a name as they are: not in "city named"."""
        noise = [word.lower for word in span if word.lower in STOP]
        spelt = set(self.lexicon.spellings)
        return all(word in spelt or word.removesuffix("s") in spelt for word in noise)

    def _is_table(self, span: Sequence[Word]) -> bool:
        """Whether what stands after the "of" is a thing by itself: "ids of documents"."""
        last = self.lexicon.phrases.get((span[-1].stem,), ())
        return any(isinstance(c.target, TableRef) and c.quality >= 0.9 for c in last)

    def _is_numbered(self, end: int) -> bool:
        """Whether a number stands behind words: "reminders of level 2" restricts them."""
        return any(word.text.isdigit() for word in self.words[end : end + 1])

    def _is_letter(self, at: int) -> bool:
        """Whether a word is a code of one letter behind the name of its column: "group A"."""
        is_one = len(self.words[at].text) == 1 and self.words[at].text.isupper()
        named = (sense.target for sense in self._phrases(at - 1, _PLAIN))
        return is_one and any(isinstance(target, ColumnRef) for target in named)

    def _is_so_written(self, word: Word, option: Option) -> bool:
        """Whether a word is written as a name is: small words of another language say what is so."""
        if not self.lexicon.has_labels or word.text[:1].isupper():
            return True
        named = option.meaning
        return isinstance(named, ColumnRef) and truth(self.lexicon.column(named)) is not None

    def _clipped(self, span: Sequence[Word]) -> list[Option]:
        """The names that words are clipped to; several of which one says nothing are no name."""
        is_tied = is_filler(span[0]) if len(span) == 1 else any(w.lower in STOP for w in span)
        if is_tied or len(span) > _CLIPPED:
            return []
        found = clipped_names([word.lower for word in span], self.lexicon.shorts)
        return [one for one in starmap(Option, found) if self._is_so_written(span[0], one)]

    def _coded(self, at: int) -> list[Option]:
        """The stored codes that are short for a word that nothing else is meant by: `DMG` of damage."""
        word, before = self.words[at], self.words[at - 1].lower if at else ""
        if not self.lexicon.shorts or is_filler(word) or not word.lower.isalpha():
            return []
        is_place = before in _BEFORE_PLACE and word.text[:1].isupper()
        found = coded(word.lower, self.values.codes, is_place=is_place)
        return [Option(*one) for one in found]

    def _stored(self, at: int, span: Sequence[Word]) -> list[Option]:
        first, last = span[0].lower, span[-1].lower
        stored = (*self.values.named(span), *self._places(at, span))
        is_small = first.islower() and not (first.isdigit() or span[0].text.isupper())
        if not stored or (len(span) == 1 and len(first) < 2 and is_small):
            return []
        is_letter = at > 0 and self._is_letter(at) and len(span) == 1
        is_spelt = len(span) == 1 and span[0].text.isupper() and len(first) > 1
        is_spelt = is_spelt and any(span[0].text in one.values for one in stored)
        is_stop = all(word.lower in STOP for word in span) and not (is_letter or is_spelt)
        if is_stop or ((first in _EDGES or last in _EDGES) and not (is_letter or is_spelt)):
            stored = tuple(s for s in stored if s.whole and len(span) > 1 and not is_stop)
        if len(span) == 1 and spoken_number(span) is not None:
            stored = tuple(s for s in stored if s.whole)
        text = " ".join(word.text for word in span)
        is_name = at > 0 and any(word.text[:1].isupper() for word in span)
        options: list[Option] = []
        for one in stored:
            quality = _WHOLE_VALUE if one.whole else _PART_VALUE
            quality += 0.04 if text in one.values else 0.0
            quality += 0.05 if is_name else -0.1 * is_weak(span[0]) * (len(span) == 1)
            quality -= 0.15 if spoken_number(span) is not None else 0
            options.append(Option(one, quality))
        return options

    def _places(self, at: int, span: Sequence[Word]) -> tuple[Stored, ...]:
        """The stored places that an adjective stands for, of the thing behind it: "Dutch clients"."""
        phrase, end = tuple(word.lower for word in span), at + len(span)
        while end < len(self.words) and self.words[end].lower in _LINKS:
            end += 2
        behind = self._phrases(end, _PLAIN) if end < len(self.words) else ()
        things = {sense.target.table for sense in behind}
        places = self.values.called(phrase) if phrase in self.values.whole else None
        return tuple(one for one in places or () if one.column.table in things)


def _less(option: Option) -> Option:
    return Option(option.meaning, option.quality * _ALIKE)


def _asked(asked: Trigger, named: list[Option], stored: list[Option]) -> list[Option]:
    """An operation, and what its words may mean beside it.

    "Total", "number" and "year" may be columns: the reading that works out is taken. "Sold" may be
    the state that a vehicle is in.
    """
    states = [o for o in stored if isinstance(o.meaning, Stored) and o.meaning.whole]
    if states and asked.kind is Kind.SOLD:
        return [Option(asked, _SOLD), *states]
    plain = (o.meaning for o in named if o.quality >= 0.9 and isinstance(o.meaning, ColumnRef))
    columns = [Option(column, 0.85) for column in plain]
    may_be_named = columns and asked.kind in (Kind.BUCKET, Kind.SORT)
    return [Option(asked, 0.8 if may_be_named else 1.0), *columns]
