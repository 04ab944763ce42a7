"""The sentences of a passage that an answer rests on, found by the words that they share."""

import re
from collections.abc import Iterator, Mapping, Sequence

MARKS = "\ue000\ue001"
"""Private-use characters that stand around marked text; no escaping changes them."""
_CITATION = re.compile(r"\[(\d+(?:\s*[,;]\s*\d+)*)\]")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”“»)]*\s+|\n\s*\n|\n(?=\s*(?:[-*•\u2013]|\d+[.)])\s)")
_CELLS = " | "
_SHARE = 0.6
"""The least share of a statement's words that its sentence must have; a paraphrase has fewer."""


def statements_citing(number: int, text: str) -> list[str]:
    """What an answer says before each citation of a number, from the beginning of its sentence."""
    return [
        _SENTENCE_END.split(_CITATION.sub("", text[: found.start()]).rstrip())[-1]
        for found in _CITATION.finditer(text)
        if str(number) in re.findall(r"\d+", found[1])
    ]


def marked(passage: str, statements: Sequence[str]) -> str:
    """A passage with `MARKS` around the sentence behind each statement, where there is one.

    A row of a table is a sentence, which the names of its columns help to find; its cells are marked
    one by one.
    """
    sentences = dict(_sentences(passage))
    behind = {best for each in statements if (best := _behind(each, sentences))}
    begin, end = MARKS
    for sentence in behind:
        cells = _CELLS.join(f"{begin}{cell}{end}" for cell in sentence.split(_CELLS) if cell)
        passage = passage.replace(sentence, cells, 1)
    return passage


def _behind(statement: str, sentences: Mapping[str, str]) -> str | None:
    wanted = _words(statement)
    if not wanted:
        return None
    own = {each: len(wanted & _words(each)) for each in sentences}
    shared = {
        each: len(wanted & _words(f"{each} {columns}")) for each, columns in sentences.items()
    }
    best = max(sentences, key=lambda each: (shared[each], own[each], -len(each)), default=None)
    return best if best and shared[best] >= max(2, _SHARE * len(wanted)) else None


def _sentences(passage: str) -> Iterator[tuple[str, str]]:
    """Each sentence with the line that names its columns, where it is a row below one."""
    for block in re.split(r"\n\s*\n", passage):
        lines = block.splitlines()
        is_table = len(lines) > 1 and all(_CELLS in line for line in lines)
        for at, part in enumerate(lines if is_table else _SENTENCE_END.split(block)):
            if part.strip():
                yield part.strip(), lines[0] if is_table and at else ""


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))
