import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from tools.documents.block import Block, LoadedDocument, ends_group, is_group
from tools.documents.particulars.find import find_particulars
from tools.documents.passage import Passage

TARGET_WORDS = 170
"""The target size of a passage."""
MOST_WORDS = 220
"""The largest size of a passage."""
_FEWEST_WORDS = 30
_OVERLAP_WORDS = 35
_LETTERS_PER_WORD = 8

_OPENING = "\"'([“\N{LEFT SINGLE QUOTATION MARK}"
_CLOSING = "\"')]”\N{RIGHT SINGLE QUOTATION MARK}"
_FULL_WIDTH_ENDS = "。\N{FULLWIDTH EXCLAMATION MARK}\N{FULLWIDTH QUESTION MARK}"
_SENTENCE_END = re.compile(
    rf"(?<=[.!?…])[{re.escape(_CLOSING)}]*\s+(?=[{re.escape(_OPENING)}]*[^\W_a-z])"
    rf"|(?<=[{_FULL_WIDTH_ENDS}])"
)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A unit that is not cut: a sentence, an item, a line of code, a table or some of its rows."""

    text: str
    words: int
    block: int
    glue: str
    may_repeat: bool = False


def chunk(
    loaded: LoadedDocument, *, document_id: str, collection: str, source: str, content_hash: str
) -> list[Passage]:
    """Cut a document into passages of about `TARGET_WORDS`, in reading order.

    A passage never crosses a heading or a page, so what it says about both holds for all of it. Prose
    repeats its last sentence in the next passage; a table that does not fit is cut between rows,
    under its header each time. Ids depend on the document's id and content only.
    """
    texts = [
        (text, section, page)
        for (section, page), blocks in _parts(loaded.blocks)
        for text in _pack(list(_pieces(blocks)))
    ]
    particulars = find_particulars(loaded, source)
    return [
        Passage(
            id=passage_id(document_id, content_hash, ordinal),
            document_id=document_id,
            collection=collection,
            source=source,
            title=loaded.title,
            content_hash=content_hash,
            ordinal=ordinal,
            page=page,
            section=" > ".join(section),
            text=text,
            company=particulars.company,
            period=particulars.period,
            kind=particulars.kind,
        )
        for ordinal, (text, section, page) in enumerate(texts)
    ]


def passage_id(document_id: str, content_hash: str, ordinal: int) -> str:
    """The id of a passage: a hash, the same whenever the same content is ingested."""
    key = f"{document_id}\0{content_hash}\0{ordinal}"
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _parts(
    blocks: Sequence[Block],
) -> Iterator[tuple[tuple[tuple[str, ...], int | None], list[Block]]]:
    """Runs under one heading on one page; a heading becomes text only if nothing follows it."""
    runs = groupby(blocks, key=lambda block: (block.section, block.page))
    parts = [(key, list(run)) for key, run in runs]
    following = [*(section for (section, _), _ in parts[1:]), ()]
    for (key, part), after in zip(parts, following, strict=False):
        body = [block for block in part if block.kind != "heading"]
        section, _ = key
        if body or after[: len(section)] != section:
            yield key, body or part


def _pieces(blocks: Sequence[Block]) -> Iterator[_Piece]:
    for number, block in enumerate(blocks):
        match block.kind:
            case "table":
                yield from (_piece(rows, number, "\n") for rows in _table_parts(block))
            case "list" | "code":
                for line in block.text.splitlines():
                    yield from (_piece(part, number, "\n") for part in _cut(line))
            case _:
                for sentence in sentences(block.text):
                    for part in _cut(sentence):
                        yield _piece(part, number, " ", may_repeat=True)


def _piece(text: str, block: int, glue: str, *, may_repeat: bool = False) -> _Piece:
    return _Piece(text, _size(text), block, glue, may_repeat)


def _size(text: str) -> int:
    """Words, or what the letters would make: Chinese and base64 have no spaces to count by."""
    return max(len(text.split()), len(text) // _LETTERS_PER_WORD)


def sentences(text: str) -> list[str]:
    """The sentences of a text, as passages are cut between them."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def _cut(text: str) -> Iterator[str]:
    """The text whole where it fits, else in parts of the target's size, between words if it can."""
    if _size(text) <= MOST_WORDS:
        yield text
        return
    part = list[str]()
    longest = TARGET_WORDS * _LETTERS_PER_WORD
    for word in (w[i : i + longest] for w in text.split() for i in range(0, len(w), longest)):
        if part and _size(" ".join([*part, word])) > TARGET_WORDS:
            yield " ".join(part)
            part.clear()
        part.append(word)
    yield " ".join(part)


def _table_parts(block: Block) -> Iterator[str]:
    """A table whole, or its rows in parts: under its caption, its header and the group's name."""
    caption = [block.caption] if block.caption else []
    text = "\n".join([*caption, block.text])
    if _size(text) <= MOST_WORDS:
        yield text
        return
    rows = [part for row in block.text.splitlines() for part in _cut(row)]
    header = rows[:1] if block.has_header and _size(rows[0]) < TARGET_WORDS // 2 else []
    above = [*caption, *header]
    above = above if sum(map(_size, above)) < TARGET_WORDS // 2 else header
    group = list[str]()
    part = [*(caption if above is header else above), *(header if above is header else ())]
    size = sum(map(_size, part))
    has_rows = False
    for row in rows[len(header) :]:
        if has_rows and size + _size(row) > TARGET_WORDS:
            yield "\n".join(part)
            part = [*above, *group]
            size, has_rows = sum(map(_size, part)), False
        if is_group(row) or ends_group(row):
            group = [row] if is_group(row) else []
        part.append(row)
        size, has_rows = size + _size(row), True
    yield "\n".join(part)


def _pack(pieces: Sequence[_Piece]) -> Iterator[str]:
    packed, size = list[_Piece](), 0
    rest = sum(piece.words for piece in pieces)
    for piece in pieces:
        # A short rest joins the passage before it: ten words alone are found by accident.
        closes = size + (rest if rest < _FEWEST_WORDS else 0) + piece.words > TARGET_WORDS
        if packed and closes and size + rest > MOST_WORDS:
            yield _text(packed)
            packed = _overlap(packed[-1], piece)
            size = sum(kept.words for kept in packed)
        packed.append(piece)
        size += piece.words
        rest -= piece.words
    if packed:
        yield _text(packed)


def _overlap(last: _Piece, following: _Piece) -> list[_Piece]:
    repeats = last.may_repeat and following.may_repeat
    fits = last.words <= _OVERLAP_WORDS and last.words + following.words <= MOST_WORDS
    return [last] if repeats and fits else []


def _text(pieces: Sequence[_Piece]) -> str:
    text = pieces[0].text
    for before, piece in pairwise(pieces):
        text += (piece.glue if before.block == piece.block else "\n\n") + piece.text
    return text
