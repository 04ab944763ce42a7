"""Search results for quotation: duplicates removed, neighbouring passages joined."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from tools.documents.block import CELL_BREAK
from tools.documents.chunk import sentences
from tools.documents.passage import FoundPassage, Passage

_SHINGLE_WORDS = 3
_SAME = 0.85


def drop_duplicates(found: Sequence[FoundPassage], *, limit: int) -> list[FoundPassage]:
    """The first `limit` that differ; two passages are the same when most of their wording is."""
    kept = list[FoundPassage]()
    wordings = list[frozenset[tuple[str, ...]]]()
    for each in found:
        if len(kept) == limit:
            break
        wording = _shingles(each.passage.text)
        if not any(_are_alike(wording, other) for other in wordings):
            kept.append(each)
            wordings.append(wording)
    return kept


def join_neighbours(found: Sequence[FoundPassage]) -> list[FoundPassage]:
    """The passages, with consecutive ones of a section and page joined.

    A joined passage has the id of its first part, and score, similarity and rank of its best; its
    text is that of the source, without the overlap of the parts.
    """
    places = {each.passage.id: place for place, each in enumerate(found)}
    in_order = sorted(found, key=lambda each: _position(each.passage))
    runs = groupby(enumerate(in_order), key=lambda item: _run(item[0], item[1].passage))
    joined = list[tuple[int, FoundPassage]]()
    for _, run in runs:
        members = [each for _, each in run]
        place = min(places[each.passage.id] for each in members)
        if len(members) == 1:
            joined.append((place, members[0]))
            continue
        text = members[0].passage.text
        for each in members[1:]:
            text = _continued(text, each.passage.text)
        passage = replace(members[0].passage, text=text)
        best = max(each.score for each in members)
        similar = max((s for each in members if (s := each.similarity) is not None), default=None)
        joined.append((place, FoundPassage(passage, best, similar)))
    return [each for _, each in sorted(joined, key=lambda item: item[0])]


def _position(passage: Passage) -> tuple[str, str, str, int, str, int]:
    at = (passage.document_id, passage.content_hash, passage.source)
    return (*at, passage.page or 0, passage.section, passage.ordinal)


def _run(place: int, passage: Passage) -> tuple[object, ...]:
    """The same for neighbours: in a run, the ordinal and the place in the order grow together."""
    *part, ordinal = _position(passage)
    return (*part, ordinal - place)


def _continued(text: str, following: str) -> str:
    """A text and the passage after it: what that repeats, a sentence or what stands above a table's rows, once."""
    last = sentences(text.rpartition("\n\n")[2])[-1:]
    if last and following.startswith(last[0]):
        return text + following.removeprefix(last[0])
    known, lines = set(text.splitlines()), following.splitlines()
    start = next((n for n, line in enumerate(lines) if line not in known), len(lines))
    if any(CELL_BREAK in line for line in lines[:start]) and start < len(lines):
        return "\n".join([text, *lines[start:]])
    return f"{text}\n\n{following}"


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = text.casefold().split()
    if len(words) < _SHINGLE_WORDS:
        return frozenset({tuple(words)})
    return frozenset(zip(*(words[n:] for n in range(_SHINGLE_WORDS)), strict=False))


def _are_alike(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> bool:
    """Whether two wordings share `_SAME` of all that they have (Jaccard's index)."""
    if min(len(one), len(other)) < _SAME * max(len(one), len(other)):
        return False
    shared = len(one & other)
    return shared >= _SAME * (len(one) + len(other) - shared)
