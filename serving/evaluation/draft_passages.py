"""Drafts of questions about documents: facts from a sentence or a table row."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from serving.evaluation.case import SetCase, Spot
from serving.evaluation.patterns import as_pattern
from serving.wire.documents import DocumentContent, PassageInfo

_SENTENCE = re.compile(r"[^.!?\n|]{20,240}?\.(?=\s|$)")
_FACT = re.compile(
    r"(?P<the>The |An? )?(?P<subject>[A-Za-z][^,;:()]{3,90}?) (?P<verb>is|are) "
    r"(?P<rest>(?:(?:about|at least|at most|up to|within|only|[A-Z]{3}|[$€£]) ?)?\d(?:,(?=\d{3})|[^,;:])*)\."
)
"""A thing that is a number: what it is can be asked."""
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w.]*\d)")
_POINTING = re.compile(
    r"^(?:this|that|these|those|it|its|he|she|they|there|here|which|who|what|if|when|where|while|"
    r"such|both|each|for|in|on|at|from|by|with|after|before|since|and|but|or|as|to)\b",
    re.IGNORECASE,
)
"""A subject that begins so says nothing by itself."""
_HEADING = re.compile(
    r"(?!what|how|which|who|when|where)[A-Za-z][\w-]*(?: [\w-]+){0,4}", re.IGNORECASE
)
_MOST_WORDS = 14
_OF_A_DOCUMENT = 4


def passage_drafts(contents: Iterable[DocumentContent]) -> Iterator[SetCase]:
    """Questions for what the documents say, in turn from each."""
    for content in contents:
        facts = (case for passage in content.passages for case in _facts(content, passage))
        rows = (case for passage in content.passages for case in _rows(content, passage))
        yield from islice(facts, _OF_A_DOCUMENT)
        yield from islice(rows, 2)


def without_documents(case: SetCase) -> SetCase:
    """The same question without the passage that answers it: it should be declined."""
    return SetCase(
        id=case.id,
        kind="unanswerable",
        question=case.question,
        mode="sql",
        declined=True,
        note=f"Asked of the databases alone; the answer is in {case.spans[0].source}.",
    )


def of_both(counted: SetCase, fact: SetCase, number: int | float) -> SetCase:
    """A question that takes a database and a document."""
    second = fact.question[0].lower() + fact.question[1:]
    return counted.model_copy(
        update={
            "kind": "both",
            "question": f"{counted.question.rstrip('?')}, and {second}",
            "says": (as_pattern(f"{number:g}" if number < 1e6 else str(number)), *fact.says),
            "spans": fact.spans,
            "routes": ("both",),
        }
    )


def _facts(content: DocumentContent, passage: PassageInfo) -> Iterator[SetCase]:
    for sentence in _SENTENCE.findall(passage.text):
        text = " ".join(sentence.split())
        fact = _FACT.fullmatch(text)
        if fact is None or _POINTING.match(fact["subject"]):
            continue
        number = _NUMBER.search(fact["rest"])
        if number is None or len(fact["subject"].split()) > _MOST_WORDS:
            continue
        asked = f"What {fact['verb']} {_within(fact['the'], fact['subject'])}?"
        yield _draft(content, passage, "fact", asked, number[0], text)


def _within(the: str | None, subject: str) -> str:
    """A subject as it stands within a sentence; a name keeps its capital letter."""
    if the:
        return the.lower() + subject
    following = subject.partition(" ")[2]
    is_name = subject[1:2].isupper() or following[:1].isupper()
    return subject if is_name or not following else subject[0].lower() + subject[1:]


def _rows(content: DocumentContent, passage: PassageInfo) -> Iterator[SetCase]:
    """A cell of each of the first tables, by its row's and its column's headings."""
    lines = [line.split(" | ") for line in passage.text.splitlines() if " | " in line]
    if len(lines) < 3 or len({len(line) for line in lines}) > 1:
        return
    head, row = lines[0], lines[1]
    cells: Sequence[tuple[str, str]] = list(zip(head, row, strict=True))
    thing = row[0].strip()
    for heading, cell in ((one.strip(), other.strip()) for one, other in cells[1:]):
        if cell and heading != cell and _HEADING.fullmatch(heading) and thing[:1].isalpha():
            asked = f"What is the {heading.lower()} of {thing}?"
            yield _draft(content, passage, "table", asked, cell, "")
            return


def _draft(
    content: DocumentContent,
    passage: PassageInfo,
    kind: str,
    question: str,
    answer: str,
    text: str,
) -> SetCase:
    return SetCase(
        id="draft",
        kind=kind,
        question=question,
        says=(as_pattern(answer),),
        spans=(Spot(source=content.document.source, page=passage.page, text=text),),
        routes=("documents",),
        note=text or answer,
    )
