"""What a model writes beside its reply, parted from it: thoughts, and calls of tools as text.

Reasoning models put their thoughts between tags, and where their chat template writes the first of
the two, only the closing one comes. A server that reads the tags itself sends neither.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["said", "thought", "call", "unsure"]
Beginning = Literal["said", "thought", "unsure"]

_NAMES = (
    *("think", "thinking", "thought", "thoughts", "reasoning", "seed:think"),
    *("reflection", "scratchpad"),
)
_OPENING: dict[str, Kind] = {
    **{f"<{name}>": "thought" for name in _NAMES},
    "[think]": "thought",
    "◁think▷": "thought",
    "<|begin_of_thought|>": "thought",
    "<|channel|>analysis<|message|>": "thought",
    "<answer>": "said",
    "<tool_call>": "call",
    "[tool_calls]": "call",
    "<|python_tag|>": "call",
    "<function=": "call",
    "<|tool_calls_section_begin|>": "call",
    "<\uff5ctool\u2581calls\u2581begin\uff5c>": "call",
}
_CLOSING: dict[str, Kind] = {
    **{f"</{name}>": "thought" for name in _NAMES},
    "[/think]": "thought",
    "◁/think▷": "thought",
    "<|end_of_thought|>": "thought",
    "<|channel|>final<|message|>": "thought",
    "</answer>": "said",
    "</tool_call>": "call",
    "</function>": "call",
    "<|tool_calls_section_end|>": "call",
    "<\uff5ctool\u2581calls\u2581end\uff5c>": "call",
}
_TAGS = {**_OPENING, **_CLOSING}
_TAG = re.compile("|".join(map(re.escape, _TAGS)), re.IGNORECASE)
_STARTS = frozenset(tag[0] for tag in _TAGS)
_LONGEST = max(map(len, _TAGS))
_QUOTES = frozenset('`"')


@dataclass(slots=True)
class SplitReply:
    """A text, or a piece of one, by what it is."""

    said: str = ""
    thought: str = ""
    call: str = ""


@dataclass(slots=True)
class AsideSplitter:
    """Parts a text that comes in pieces, which may be cut anywhere.

    `begins` says what the text is before its first tag: a thought, where the template opens it.
    What is `unsure` is held back until a tag or the end decides. A tag in quotation marks is only
    talked of. With `leaves_calls`, a call is a part of what is said. `has_closed_alone` says that a
    thought was closed which the text had not opened.
    """

    begins: Beginning = "unsure"
    leaves_calls: bool = False
    has_closed_alone: bool = False
    has_thought: bool = False
    _kind: Kind = field(init=False)
    _depth: int = 0
    _held: str = ""
    _rest: str = ""
    _line: str = ""
    _is_untold: bool = True
    _out: SplitReply = field(default_factory=SplitReply)

    def __post_init__(self) -> None:
        self._kind = self.begins

    def begin(self) -> None:
        """Take it that the reply has begun, whatever its first tag may be."""
        if not self._depth and not self.has_thought:
            self._kind = "said"
            self._say(self._held)

    def take(self, piece: str) -> SplitReply:
        """What is sure now that `piece` has come."""
        self._read(self._rest + piece, is_last=False)
        return self._given()

    def end(self, *, is_cut: bool = False) -> SplitReply:
        """What was held back; a reply that `is_cut` while it thinks says nothing."""
        self._read(self._rest, is_last=True)
        if self._kind == "unsure" or (self._is_untagged and not is_cut):
            self._say(self._held)
        return self._given()

    def _read(self, text: str, *, is_last: bool) -> None:
        at, keep = 0, len(text) if is_last else _begun(text)
        for tag in _TAG.finditer(text):
            self._put(text[at : tag.start()])
            at, following = tag.end(), text[tag.end() : tag.end() + 1]
            quote = self._open_quote()
            if quote and not following and not is_last:
                at = keep = tag.start()
            elif quote and following == quote:
                self._put(tag[0])
            else:
                self._turn(tag[0].lower())
        keep = max(at, keep)
        self._put(text[at:keep])
        self._rest = text[keep:]

    def _open_quote(self) -> str:
        """The mark that the text so far ends with, if it opens a quotation."""
        mark = self._line[-1:]
        return mark if mark in _QUOTES and self._line.count(mark) % 2 else ""

    @property
    def _is_untagged(self) -> bool:
        """Whether this is a thought only because such replies begin with one."""
        return self._kind == "thought" and self.begins == "thought" and not self._depth

    def _given(self) -> SplitReply:
        given, self._out = self._out, SplitReply()
        return given

    def _put(self, text: str) -> None:
        if not text:
            return
        self._line = (self._line + text).rpartition("\n")[2]
        match self._kind:
            case "said":
                self._say(text)
            case "call":
                self._out.call += text
            case "unsure":
                self._held += text
            case "thought":
                self._think(text)

    def _say(self, text: str) -> None:
        if self._is_untold:
            text = text.lstrip()
        self._is_untold = self._is_untold and not text
        self._out.said += text

    def _think(self, text: str) -> None:
        if self._is_untagged:
            self._held += text
        self.has_thought = self.has_thought or bool(text.strip())
        self._out.thought += text

    def _turn(self, tag: str) -> None:
        if _TAGS[tag] == "call":
            (self._put if self.leaves_calls else self._turn_call)(tag)
        elif _TAGS[tag] == "said":
            if not (self._kind == "said" and self.has_thought):
                self._put(tag)  # behind a thought it only says that this is the reply
        elif tag in _OPENING:
            self._open()
        else:
            self._close()

    def _turn_call(self, tag: str) -> None:
        if self._kind == "thought":
            self._think(tag)
            return
        if self._kind == "unsure":
            self._say(self._held)
            self._held = ""
        self._out.call += tag
        self._kind = "call" if tag in _OPENING else "said"

    def _open(self) -> None:
        if self._kind == "unsure":
            held, self._held = self._held, ""
            (self._think if self._depth else self._say)(held)
        self._kind = "thought"
        self._depth += 1

    def _close(self) -> None:
        if self._kind == "unsure":
            held, self._held = self._held, ""
            self._kind = "thought"
            self._think(held)
        self.has_closed_alone = self.has_closed_alone or not self._depth
        self._depth = max(0, self._depth - 1)
        # A thought may quote the tag that opens one: what follows then is sure at the next tag.
        self._kind = "unsure" if self._depth else "said"


def split_asides(text: str, *, is_cut: bool = False, leaves_calls: bool = False) -> SplitReply:
    """A whole text by what it is; a thought that is never closed goes to its end."""
    parting = AsideSplitter(leaves_calls=leaves_calls)
    first, last = parting.take(text), parting.end(is_cut=is_cut)
    return SplitReply(first.said + last.said, first.thought + last.thought, first.call + last.call)


def _begun(text: str) -> int:
    """Where the beginning of a tag stands at the end of a text; the text's length if there is none."""
    first = max(0, len(text) - _LONGEST + 1)
    if _STARTS.isdisjoint(text[first:]):
        return len(text)
    for place in range(first, len(text)):
        if text[place] in _STARTS:
            begun = text[place:].lower()
            if any(tag.startswith(begun) for tag in _TAGS):
                return place
    return len(text)
