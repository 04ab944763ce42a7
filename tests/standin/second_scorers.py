"""The scores and verdicts of `docsql eval run` once more, found by other means than the product's.

Patterns are matched by Perl, rankings are scored by scikit-learn, rows are paired off as a graph,
cited passages are looked for in the files themselves, and numbers are tried one by one.
"""

import subprocess
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from importlib import import_module
from itertools import permutations
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

import numpy as np
from bs4 import BeautifulSoup
from pypdf import PdfReader
from second_support import Evidence, unsupported_words, without_citations

from serving.evaluation.case import SetCase, Spot
from serving.evaluation.record import Expected, ExpectedTable, Record
from serving.wire.answer import Answer, Citation

FIRST = 10
"""Places of a ranking that count."""
PERL = """$| = 1;
while (<STDIN>) {
    my ($pattern, $text) = map { my $bytes = pack("H*", $_); utf8::decode($bytes); $bytes } split;
    print(($text =~ /$pattern/i) ? 1 : 0, "\\n");
}"""
UNTOLD = frozenset(
    "this that these those with from have been were will would could should there their they them "
    "than then into only also about which what when where your more most some such each very between".split()
)


@dataclass(slots=True)
class Perl:
    """A process that matches patterns."""

    asked: IO[bytes]
    told: IO[bytes]
    known: dict[tuple[str, str], bool] = field(default_factory=dict[tuple[str, str], bool])

    def matches(self, pattern: str, text: str) -> bool:
        if (pattern, text) not in self.known:
            self.asked.write(f"{pattern.encode().hex()} {text.encode().hex()}\n".encode())
            self.asked.flush()
            self.known[pattern, text] = self.told.readline() == b"1\n"
        return self.known[pattern, text]


@contextmanager
def perl() -> Generator[Perl]:
    """Perl, which every Debian has."""
    command = ["/usr/bin/perl", "-e", PERL]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdin
        assert process.stdout
        yield Perl(process.stdin, process.stdout)
        process.stdin.close()


def second_scores(
    case: SetCase, record: Record, expected: Expected | None, matcher: Perl, folders: Sequence[Path]
) -> dict[str, float]:
    """All scores of an answer; `folders` have the documents, and without any nothing stands."""
    answer = record.answer
    if answer is None or answer.status == "needs_approval":
        return {}
    scores = {"declined rightly": float(case.declined)} if answer.status == "declined" else {}
    scores |= ranked(case, record.found)
    if case.routes:
        scores["route"] = float(way_of(record, answer) in case.routes)
    if answer.status == "declined":
        return scores
    if case.spans:
        hit = {n for n, span in enumerate(case.spans) for one in answer.citations if at(span, one)}
        scores["cited"] = len(hit) / len(case.spans)
    if case.says:
        text = without_separators(without_citations(answer.answer))
        scores["said"] = float(all(matcher.matches(pattern, text) for pattern in case.says))
    if expected and (answer.queries or not case.says):
        scores["rows"] = float(has_rows(case, expected, answer))
    scores |= supported(case, record, answer)
    if answer.citations and folders:
        there = [stands(one, folders) for one in answer.citations]
        scores["stands"] = sum(there) / len(there)
    return scores


def second_verdict(case: SetCase, record: Record, scores: Mapping[str, float]) -> str:
    """The verdict as docs/evaluation.md describes it, of scores found here."""
    answer = record.answer
    if answer is None or answer.status == "needs_approval":
        return "failed"
    if answer.status == "declined":
        return "right" if case.declined else "declined"
    deciding = [name for name in ("said", "rows", "cited") if _has(case, name)]
    if case.declined:
        is_right = False
    elif not deciding and case.reference:
        return "not judged"
    else:
        is_right = scores[deciding[0] if deciding else "route"] == 1
    table = {
        ("answered", True): "right",
        ("answered", False): "wrong",
        ("unverified", True): "right, unverified",
        ("unverified", False): "unverified",
    }
    return table[answer.status, is_right]


def second_total(verdicts: Sequence[str], penalty: int) -> Fraction:
    """The mean points, exactly."""
    gains = {"right": 1, "right, unverified": 1, "wrong": -penalty, "unverified": -penalty}
    return Fraction(sum(gains.get(one, 0) for one in verdicts), len(verdicts))


def _has(case: SetCase, name: str) -> bool:
    return bool({"said": case.says, "rows": case.has_rows, "cited": case.spans}[name])


def without_separators(text: str) -> str:
    """A text whose numbers have no thousands separators, character by character."""
    kept = ""
    for place, char in enumerate(text):
        group = text[place + 1 : place + 4]
        beyond = text[place + 4 : place + 5]
        ends = not (beyond.isalnum() or beyond == "_")
        is_between = text[:place][-1:].isdigit() and len(group) == 3 and group.isdigit() and ends
        kept += "" if char in ",\u202f" and is_between else char
    return kept


def way_of(record: Record, answer: Answer) -> str:
    """The route, by the steps that took time: those that were looked at."""
    steps = " ".join(answer.timings)
    ways = {name for name, step in WAYS.items() if step in steps}
    return "both" if len(ways) == 2 else next(iter(ways), "chat")


WAYS = {"sql": "write_sql", "documents": "search_documents"}


def at(span: Spot, passage: Citation) -> bool:
    """Whether a passage is at the place, as closely as it is given."""
    own, theirs = span.source.split("/"), passage.source.split("/")
    if theirs[-len(own) :] != own:
        return False
    if span.text:
        return " ".join(span.text.lower().split()) in " ".join(passage.text.lower().split())
    return span.page in (None, passage.page)


def ranked(case: SetCase, found: Sequence[Citation]) -> dict[str, float]:
    """Recall and gain of a ranking, by scikit-learn and by looking for each place alone."""
    if not case.spans:
        return {}
    scores = {"document recall": _recall([Spot(source=s.source) for s in case.spans], found)}
    if all(span.page for span in case.spans):
        pages = [Spot(source=span.source, page=span.page) for span in case.spans]
        scores["page recall"] = _recall(pages, found)
    if all(span.text for span in case.spans):
        texts = [Spot(source=span.source, text=span.text) for span in case.spans]
        scores["passage recall"] = _recall(texts, found)
    scores["nDCG"] = gain_of(case.spans, found)
    return scores


def _recall(spans: Sequence[Spot], found: Sequence[Citation]) -> float:
    return sum(any(at(span, one) for one in found[:FIRST]) for span in spans) / len(spans)


def gain_of(spans: Sequence[Spot], found: Sequence[Citation]) -> float:
    """The nDCG: a place gains if it has a span that no earlier one has; missed spans are put last."""
    firsts = {next((p for p, one in enumerate(found) if at(span, one)), None) for span in spans}
    gains = [float(place in firsts) for place in range(max(len(found), FIRST))]
    missed = len(spans) - int(sum(gains[:FIRST]))
    truth = np.array([[*gains[:FIRST], *[1.0] * missed, 0.0]])
    places = np.array([[-float(place) for place in range(truth.shape[1])]])
    metrics: Any = import_module(
        "sklearn.metrics"
    )  # every worker imports this file, and one scores
    return float(metrics.ndcg_score(truth, places, k=FIRST))


def numbers_in_marks(text: str) -> set[int]:
    """The numbers of the marks such as [1, 2]: what is lost with them."""
    found, rest = set[int](), text
    while (start := rest.find("[")) >= 0:
        inner, closing, after = rest[start + 1 :].partition("]")
        if closing and without_citations(f"[{inner}]") == "":
            spread = "".join(c if c.isdigit() else " " for c in inner)
            found |= {int(number) for number in spread.split()}
            rest = after
        else:
            rest = rest[start + 1 :]
    return found


def has_rows(case: SetCase, expected: Expected, answer: Answer) -> bool:
    """Whether one of the statements that count has the rows of one of the right ones."""
    cited = numbers_in_marks(answer.answer)
    counting = [one for one in answer.queries if one.number in cited] or answer.queries
    return any(
        same_table(right, ExpectedTable(columns=q.columns, types=q.types, rows=q.rows), case)
        for q in counting
        for right in expected.tables
    )


def same_table(right: ExpectedTable, found: ExpectedTable, case: SetCase) -> bool:
    """Whether some columns of a table, in some order, have the right rows; each choice is tried."""
    own, theirs = (_cells(one) for one in (right, found))
    if not own or not theirs:
        return len(own) == len(theirs)
    narrow, wide = len(right.columns), len(found.columns)
    if len(own) != len(theirs) or wide < narrow or (wide > narrow and not case.further_columns):
        return False
    blocks = list(_blocks(own, right.order, case.tolerance))
    return any(
        all(
            _pair_off(
                own[a:b], [tuple(row[n] for n in places) for row in theirs[a:b]], case.tolerance
            )
            for a, b in blocks
        )
        for places in permutations(range(wide), narrow)
    )


def _cells(table: ExpectedTable) -> list[tuple[Any, ...]]:
    kinds = table.types or ["unknown"] * len(table.columns)
    return [tuple(_cell(*pair) for pair in zip(row, kinds, strict=True)) for row in table.rows]


def _cell(cell: Any, kind: str) -> Any:
    if isinstance(cell, str) and kind in {"decimal", "integer", "float"}:
        return float(cell)
    return cell.strip().split("T00:00:00")[0] if isinstance(cell, str) else cell


def _blocks(
    rows: Sequence[tuple[Any, ...]], order: list[int] | None, tolerance: float
) -> Iterator[tuple[int, int]]:
    """The stretches of rows that may be in any order."""
    if order is None:
        yield 0, len(rows)
        return
    starts = [0]
    for n in range(1, len(rows)):
        before, here = ([row[key] for key in order] for row in rows[n - 1 : n + 1])
        if not order or not all(_near(a, b, tolerance) for a, b in zip(before, here, strict=True)):
            starts.append(n)
    yield from zip(starts, [*starts[1:], len(rows)], strict=True)


def _pair_off(own: Sequence[Any], theirs: Sequence[Any], tolerance: float) -> bool:
    """Whether every row has a partner of its own: a perfect matching of two kinds of nodes."""
    partners = [
        [all(_near(a, b, tolerance) for a, b in zip(x, y, strict=True)) for y in theirs]
        for x in own
    ]
    sparse: Any = import_module("scipy.sparse")
    graphs: Any = import_module("scipy.sparse.csgraph")
    graph = sparse.csr_array(np.array(partners, dtype=int))
    matched: list[int] = graphs.maximum_bipartite_matching(graph, perm_type="column").tolist()
    return min(matched) >= 0


def _near(one: Any, other: Any, tolerance: float) -> bool:
    numbers = all(isinstance(each, int | float) for each in (one, other))
    if numbers:
        return bool(
            np.isclose(one, other, rtol=0, atol=max(tolerance, 1e-9 * max(abs(one), abs(other))))
        )
    return type(one) is type(other) and one == other


def supported(case: SetCase, record: Record, answer: Answer) -> dict[str, float]:
    """The scores `numbers` and `supported`."""
    question = " ".join((*case.after, case.question))
    numbered: dict[int, Evidence] = {one.number: one for one in answer.citations}
    numbered |= {one.number: one for one in answer.queries}
    everything = [*numbered.values(), *record.found]
    scores = {"numbers": float(not unsupported_words(answer.answer, question, everything))}
    told = [part for part in cited_parts(answer.answer) if numbers_in_marks(part)]
    if told:
        held = [_bears_out(part, question, numbered) for part in told]
        scores["supported"] = sum(held) / len(held)
    return scores


def cited_parts(text: str) -> Iterator[str]:
    """The sentences of a text with the marks behind them."""
    for line in text.splitlines():
        begun, place = 0, 0
        while place < len(line):
            if line[place] in ".!?" and line[place + 1 : place + 2] in ("", " "):
                end = place + 1
                while (mark := line[end:].lstrip()).startswith("[") and numbers_in_marks(
                    mark.split("]")[0] + "]"
                ):
                    end = line.index("]", end) + 1
                yield line[begun:end]
                begun = place = end
            place += 1
        yield line[begun:]


def _bears_out(part: str, question: str, numbered: Mapping[int, Evidence]) -> bool:
    cited = [numbered[n] for n in numbers_in_marks(part) if n in numbered]
    if not cited or unsupported_words(part, question, cited):
        return False
    known = {word[:5] for word in _long_words(" ".join([question, *map(_all_text, cited)]))}
    own = [word for word in _long_words(without_citations(part)) if word not in UNTOLD]
    return sum(word[:5] in known for word in own) * 2 >= len(own)


def _long_words(text: str) -> list[str]:
    plain = "".join(c if c.isalnum() or c in "'\u2019" else " " for c in text.lower())
    words = [word.strip("'\u2019") for word in plain.split()]
    return [word for word in words if len(word) > 3 and not word.isdigit()]


def _all_text(one: Evidence) -> str:
    if isinstance(one, Citation):
        return " ".join((one.title, one.section, one.text, one.source))
    cells = " ".join(str(cell) for row in one.rows for cell in row)
    names = " ".join(one.columns).replace("_", " ")
    return f"{names} {cells} {one.sql} {one.database}"


def stands(cited: Citation, folders: Sequence[Path]) -> bool:
    """Whether all words of a passage stand in its file one after the other, sentence by sentence."""
    (path,) = (one for folder in folders if (one := folder / cited.source).is_file())
    text = letters(text_of(path))
    return all(letters(part) in text for part in cited_parts(cited.text))


def letters(text: str) -> str:
    """Letters and digits alone."""
    return "".join(filter(str.isalnum, text)).lower()


@cache
def text_of(path: Path) -> str:
    """What a file says, by another reader than the product's."""
    match path.suffix:
        case ".html":
            return BeautifulSoup(path.read_text("utf-8"), "html.parser").get_text(" ")
        case ".docx":
            with ZipFile(path) as parts:
                return BeautifulSoup(parts.read("word/document.xml"), "xml").get_text(" ")
        case ".pdf":
            return " ".join(page.extract_text() for page in PdfReader(path).pages)
        case _:
            return path.read_text("utf-8")
