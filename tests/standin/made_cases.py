"""Cases and answers made by chance, for scorers to be compared on."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from serving.evaluation.case import SetCase, Spot
from serving.evaluation.record import Expected, ExpectedTable, Record
from serving.evaluation.verdict import Scored
from serving.wire.answer import Answer, Citation, Query, Route
from tools.sql.cells import Cell

ROUTES: tuple[Route, ...] = ("sql", "documents", "both", "chat")
STEPS = {
    "sql": ["decide", "write_sql", "run_sql"],
    "documents": ["decide", "search_documents"],
    "both": ["search_documents", "write_sql"],
    "chat": ["decide"],
}
CITIES = ("Galway", "Leipzig", "Penang", "Spokane", "Winnipeg")
NAMES = ("Crag 220", "Crag 320", "M4 Memory 16", "M4 Memory 32", "Fell C5-16")
MONTHS = ("January", "March", "July", "October")


def varied(one: Scored, chance: random.Random) -> Iterator[SetCase]:
    """A case with its answer, where something else is expected, as chance has it."""
    answer, found = one.record.answer, one.record.found
    if answer is None:
        return
    words = answer.answer.split() or ["none"]
    for _ in range(3):
        passages = [*chance.sample(found, min(2, len(found))), *answer.citations[:1]]
        spans = [spot_in(passage, chance) for passage in passages]
        spans += [Spot(source="nowhere.md", text="never said")] if chance.random() < 0.3 else []
        says = [escaped(chance.choice(words)) for _ in range(2)] if chance.random() < 0.4 else []
        update = {
            "declined": chance.random() < 0.1 and not (says or spans),
            "says": tuple(says),
            "spans": tuple(spans),
            "routes": tuple(chance.sample(ROUTES, 2)),
        }
        yield one.case.model_copy(update=update)


def spot_in(passage: Citation, chance: random.Random) -> Spot:
    """A place in a passage, as closely given as chance has it."""
    source = passage.source.rpartition("/")[2] if chance.random() < 0.5 else passage.source
    words = passage.text.split()
    at = chance.randrange(max(1, len(words) - 5))
    text = " ".join(words[at : at + 5]) if chance.random() < 0.6 else ""
    page = passage.page if chance.random() < 0.8 else 77
    return Spot(source=source, page=page, text=text.upper() if chance.random() < 0.3 else text)


def escaped(text: str) -> str:
    """A pattern that both a Perl and a Python read as that text."""
    return "".join(
        c if c.isalnum() or c.isspace() else f"\\{c}" if c.isascii() else "." for c in text
    )


@dataclass(slots=True)
class MadeAnswer:
    """An answer over made evidence; each sentence says what is there, or something near it."""

    chance: random.Random
    passages: list[Citation] = field(default_factory=list[Citation])
    queries: list[Query] = field(default_factory=list[Query])

    def made(self) -> tuple[SetCase, Record, Expected | None]:
        """A case with its answer."""
        chance = self.chance
        self.passages = [self._passage(n) for n in range(1, chance.randint(2, 4))]
        self.queries = [self._query(len(self.passages) + 1)] if chance.random() < 0.7 else []
        text = " ".join(self._sentence() for _ in range(chance.randint(1, 3)))
        route = chance.choice(ROUTES)
        answer = Answer(
            answer=text,
            status=chance.choice(["answered", "answered", "unverified", "declined"]),
            route=route,
            models={},
            thread_id="x",
            citations=self.passages,
            queries=self.queries,
            timings=dict.fromkeys([*STEPS[route], "total"], 0.1),
        )
        found = [*self.passages, self._passage(9), self._passage(10)]
        chance.shuffle(found)
        record = Record(id="a", answer=answer, found=found * chance.randint(0, 3))
        case, expected = self._case(answer)
        return case, record, expected

    def _case(self, answer: Answer) -> tuple[SetCase, Expected | None]:
        chance = self.chance
        spots = [spot_in(one, chance) for one in chance.choices(self.passages, k=2)]
        words = answer.answer.split()
        right = [[*row] for query in self.queries for row in query.rows]
        if right and chance.random() < 0.5:
            right[0][1] = 7
        rows = tuple(map(tuple, right)) if right and chance.random() < 0.5 else None
        says = tuple(escaped(one) for one in chance.choices(words, k=2))
        is_unknown = chance.random() < 0.15
        case = SetCase(
            id="a",
            question="What is there?",
            declined=is_unknown,
            says=says if not is_unknown and chance.random() < 0.3 else (),
            rows=None if is_unknown else rows,
            spans=() if is_unknown else tuple(spots[: chance.randint(0, 2)]),
            routes=(chance.choice(ROUTES),),
        )
        if case.rows is None:
            return case, None
        columns, order = ["city", "total"], chance.choice([None, [], [1]])
        table = ExpectedTable(columns=columns, rows=[[*row] for row in case.rows], order=order)
        return case, Expected(id="a", tables=[table])

    def _passage(self, number: int) -> Citation:
        text = " ".join(self._fact() for _ in range(2))
        return Citation(
            number=number,
            passage_id=f"p{number}",
            document_id="d",
            collection="c",
            source=self.chance.choice(["rules/faq.md", "faq.md", "news.md"]),
            title="Rules",
            content_hash="",
            page=self.chance.choice([None, 1, 2]),
            text=text,
            score=1.0,
        )

    def _fact(self) -> str:
        chance = self.chance
        name, number = chance.choice(NAMES), chance.randint(3, 40_000)
        day = f"{chance.randint(1, 28)} {chance.choice(MONTHS)} {chance.randint(2019, 2026)}"
        return chance.choice(
            [
                f"The {name} weighs {number:,} kilograms.",
                f"Returns are accepted within {chance.randint(13, 90)} days.",
                f"Delivery costs {number / 100:.2f} euros.",
                f"The handling fee is {chance.randint(1, 60)}% of the price.",
                f"The warehouse opened on {day}.",
            ]
        )

    def _query(self, number: int) -> Query:
        chance = self.chance
        is_exact = chance.random() < 0.5
        totals = [
            chance.randint(20, 9_000) / (1 if is_exact else 4) for _ in range(chance.randint(1, 5))
        ]
        rows: list[list[Cell]] = [
            [city, int(n) if is_exact else n] for city, n in zip(CITIES, totals, strict=False)
        ]
        if chance.random() < 0.3:
            rows.reverse()
        return Query(
            number=number,
            database="shop",
            sql="SELECT city, total FROM sales",
            columns=["city", "total"],
            types=["text", "integer" if is_exact else "float"],
            rows=rows,
            truncated=False,
            elapsed_s=0.0,
        )

    def _sentence(self) -> str:
        """What a piece of evidence says, changed in a digit now and then, under some citation."""
        chance = self.chance
        item = chance.choice([*self.passages, *self.queries])
        said = (
            self._of_rows(item) if isinstance(item, Query) else chance.choice(item.text.split(". "))
        )
        said = said.rstrip(".")
        digits = [at for at, c in enumerate(said) if c in "23456789"]
        if digits and chance.random() < 0.35:
            at = chance.choice(digits)
            said = (
                said[:at] + chance.choice([d for d in "23456789" if d != said[at]]) + said[at + 1 :]
            )
        if chance.random() < 0.1:
            said = "Volcanoes erupt violently in southern provinces"
        mark = chance.choice([item.number, item.number, item.number, 1, 2, 5, None])
        return f"{said}." if mark is None else f"{said} [{mark}]."

    def _of_rows(self, query: Query) -> str:
        chance = self.chance
        totals = [float(str(row[1])) for row in query.rows]
        city, total = query.rows[0]
        told = [
            f"{city} sold {float(str(total)):,.2f} altogether",
            f"There are {len(totals)} cities",
        ]
        if len(totals) > 1:
            told += [
                f"Together the cities sold {sum(totals):,.2f}",
                f"The cities sold {sum(totals) / len(totals):,.1f} on average",
                f"The first two cities sold {list(accumulate(totals))[1]:,.0f}",
                f"{city} sold {abs(totals[0] - totals[1]):,.2f} more than {query.rows[1][0]}",
                f"{city} has {100 * totals[0] / sum(totals):.1f}% of the sales",
            ]
        return chance.choice(told)
