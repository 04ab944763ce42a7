"""The scores of an answer, each from 0 to 1 and each found without a model."""

import re
from collections.abc import Callable, Mapping, Sequence

from agent.evaluation.ranks import ndcg, recall
from agent.evaluation.rows import RowSet, difference, row_set
from agent.support import CITATION, unsupported
from agent.support.citing import statements_of
from agent.support.claims import shares_words
from agent.toolbox import Evidence
from serving.evaluation.case import SetCase, Spot
from serving.evaluation.evidence import passage_of, result_of
from serving.evaluation.record import Expected, ExpectedTable, Record
from serving.wire.answer import Answer, Citation, Query

_THOUSANDS = re.compile(r"(?<=\d)[,\u202f](?=\d{3}\b)")
_NUMBER = re.compile(r"\d+")

Match = Callable[[Spot, Citation], bool]


def says_all(answer: str, says: Sequence[str]) -> bool:
    """Whether an answer has all of these patterns.

    Its numbers are without thousands separators, and it is without citations: the 2 of [2] is not said.
    """
    said = _THOUSANDS.sub("", CITATION.sub("", answer))
    return all(re.search(one, said, re.IGNORECASE) for one in says)


def is_given(answer: Answer) -> bool:
    """Whether somebody who asked this got an answer."""
    return answer.status in {"answered", "unverified"}


def row_difference(case: SetCase, expected: Expected, answer: Answer) -> str:
    """How the rows of the answer differ from the expected ones; empty if they match.

    Any statement that the answer cites may have the right rows; of one that cites none, any.
    """
    cited = numbers_cited(answer.answer)
    ran = [query for query in answer.queries if query.number in cited] or answer.queries
    if not ran:
        return "No statement ran."
    told = [
        difference(
            _right(right),
            _found(query),
            tolerance=case.tolerance,
            further_columns=case.further_columns,
        )
        for query in ran
        for right in expected.tables
    ]
    return "" if "" in told else told[0]


def _right(right: ExpectedTable) -> RowSet:
    order = None if right.order is None else tuple(right.order)
    return row_set(right.columns, right.types, right.rows, order)


def _found(query: Query) -> RowSet:
    return row_set(query.columns, query.types, query.rows)


def numbers_cited(text: str) -> set[int]:
    """The numbers of the evidence that a text cites."""
    return {int(n) for cited in CITATION.findall(text) for n in _NUMBER.findall(cited)}


def support(case: SetCase, record: Record, answer: Answer) -> dict[str, float]:
    """Whether citations exist and support their sentences, and whether all numbers are found."""
    numbered: dict[int, Evidence] = {
        **{cited.number: passage_of(cited) for cited in answer.citations},
        **{query.number: result_of(query) for query in answer.queries},
    }
    everything = [*numbered.values(), *map(passage_of, record.found)]
    found = {"numbers": float(_is_supported(answer.answer, case.asked, everything))}
    told = [s.text for s in statements_of(answer.answer) if numbers_cited(s.text)]
    if told:
        found["supported"] = sum(_is_borne_out(s, case.asked, numbered) for s in told) / len(told)
    if record.stands:
        found["stands"] = sum(record.stands.values()) / len(record.stands)
    return found


def _is_borne_out(statement: str, question: str, numbered: Mapping[int, Evidence]) -> bool:
    """Whether what a statement cites, and nothing else, has its numbers and its words."""
    cited = [numbered[n] for n in sorted(numbers_cited(statement)) if n in numbered]
    if not cited:
        return False
    plain = CITATION.sub("", statement)
    return _is_supported(plain, question, cited) and shares_words(plain, question, cited)


def _is_supported(text: str, question: str, evidence: Sequence[Evidence]) -> bool:
    return not unsupported(CITATION.sub("", text), question=question, evidence=evidence)


def retrieval(case: SetCase, record: Record, answer: Answer) -> dict[str, float]:
    """The share of the places with the answer that was found, and that is cited."""
    if not case.spans:
        return {}
    scores = {"document recall": _recall(case.spans, record.found, _is_document)}
    if all(span.page for span in case.spans):
        scores["page recall"] = _recall(case.spans, record.found, _is_page)
    if all(span.text for span in case.spans):
        scores["passage recall"] = _recall(case.spans, record.found, _has_text)
    scores["nDCG"] = ndcg(len(case.spans), _hits(case.spans, record.found, is_spot_of))
    if is_given(answer):
        cited = _hits(case.spans, answer.citations, is_spot_of)
        scores["cited"] = recall(len(case.spans), cited, cut=len(cited))
    return scores


def is_spot_of(span: Spot, passage: Citation) -> bool:
    """Whether a passage is at that place, as closely as the place is given."""
    if span.text:
        return _has_text(span, passage)
    return _is_page(span, passage) if span.page else _is_document(span, passage)


def _is_document(span: Spot, passage: Citation) -> bool:
    return f"/{passage.source}".endswith(f"/{span.source}")


def _is_page(span: Spot, passage: Citation) -> bool:
    return _is_document(span, passage) and span.page == passage.page


def _has_text(span: Spot, passage: Citation) -> bool:
    return _is_document(span, passage) and _plain(span.text) in _plain(passage.text)


def _recall(spans: Sequence[Spot], found: Sequence[Citation], matches: Match) -> float:
    return recall(len(spans), _hits(spans, found, matches))


def _hits(spans: Sequence[Spot], found: Sequence[Citation], matches: Match) -> list[frozenset[int]]:
    return [
        frozenset(at for at, span in enumerate(spans) if matches(span, passage))
        for passage in found
    ]


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
