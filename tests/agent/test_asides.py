"""Thinking is never taken for the reply, wherever a stream is cut."""

from itertools import combinations

import pytest

from agent.asides import AsideSplitter, Beginning, split_asides

# What a model writes; what of it is said, and what is thought.
REPLIES = [
    ("Rye is cheapest.", "Rye is cheapest.", ""),
    ("<think>Two mills.</think>Rye.", "Rye.", "Two mills."),
    ("<think>\nTwo mills.\n</think>\n\nRye.", "Rye.", "\nTwo mills.\n"),
    ("<THINKING>hm</Thinking> Rye", "Rye", "hm"),
    ("<reasoning>a</reasoning>Rye<thought>b</thought>.", "Rye.", "ab"),
    ("<reasoning>a</reasoning>\n<answer>Rye</answer>", "Rye", "a"),
    ("An <answer> is a tag.", "An <answer> is a tag.", ""),
    ("[THINK]a[/THINK]Rye [1] [x].", "Rye [1] [x].", "a"),
    ("◁think▷a◁/think▷Rye", "Rye", "a"),
    ("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>Rye", "Rye",
     "a<|end|><|start|>assistant"),
    ("So, two mills.\n</think>\n\nRye.", "Rye.", "So, two mills.\n"),
    ("</think>Rye.", "Rye.", ""),
    ("<think></think>Rye.", "Rye.", ""),
    ("<think>Two mills, so SELECT 1", "", "Two mills, so SELECT 1"),
    ("Well. <think>Two", "Well. ", "Two"),
    ("<think>the tag <think> opens</think> more</think>Rye", "Rye", "the tag  opens more"),
    ("<think>the tag <think> opens</think>Rye", "Rye", "the tag  opens"),
    ("Write `<think>` or \"</think>\" there.", "Write `<think>` or \"</think>\" there.", ""),
    ("<think>say \"rye\"</think>Rye", "Rye", 'say "rye"'),
    ("<think>say `rye`</think>`Rye`", "`Rye`", "say `rye`"),
    ("a < b and c <= d, <thin", "a < b and c <= d, <thin", ""),
    ("1 <thinker> of 2", "1 <thinker> of 2", ""),
    ("", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("written", "said", "thought"), REPLIES)
def test_thoughts_are_parted_from_what_is_said(written: str, said: str, thought: str) -> None:
    whole = split_asides(written)
    assert (whole.said, whole.thought) == (said, thought)


@pytest.mark.parametrize("written", [written for written, _, _ in REPLIES])
def test_a_text_in_pieces_is_parted_like_the_whole(written: str) -> None:
    whole = split_asides(written)
    assert told(list(written)) == (whole.said, whole.thought)
    for first, second in combinations(range(len(written) + 1), 2):
        pieces = [written[:first], written[first:second], written[second:]]
        assert told(pieces) == (whole.said, whole.thought), pieces


def test_what_was_called_as_text_is_not_said() -> None:
    call = '<tool_call>\n{"name": "look", "arguments": {}}\n</tool_call>'
    whole = split_asides(f"<think>I look.</think>One moment. {call}")
    assert (whole.said, whole.thought) == ("One moment. ", "I look.")
    assert whole.call == call
    assert split_asides('[TOOL_CALLS] [{"name": "look"}]').said == ""


# How a stream begins, its pieces, and what may be shown after each of them.
LIVE: list[tuple[Beginning, list[str], list[str]]] = [
    ("said", ["Rye ", "is <", "b>"], ["Rye ", "is ", "<b>"]),
    ("unsure", ["Rye ", "is."], ["", "", "Rye is."]),
    ("unsure", ["<thi", "nk>a</think", ">Rye ", "is."], ["", "", "Rye ", "is."]),
    ("thought", ["a", "</think>Rye ", "is."], ["", "Rye ", "is."]),
    ("thought", ["Rye ", "is."], ["", "", "Rye is."]),
    ("thought", ["<think>a", "</think>Rye"], ["", "Rye"]),
]  # fmt: skip


@pytest.mark.parametrize(("begins", "pieces", "shown"), LIVE)
def test_what_is_sure_is_shown_at_once(
    begins: Beginning, pieces: list[str], shown: list[str]
) -> None:
    parting = AsideSplitter(begins)
    said = [parting.take(piece).said for piece in pieces]
    said.append(parting.end().said)
    assert [piece for piece in said if piece] == [piece for piece in shown if piece]


def test_a_reply_that_is_cut_while_it_thinks_says_nothing() -> None:
    parting = AsideSplitter("thought")
    assert parting.take("SELECT 1, no").said == ""
    assert parting.end(is_cut=True).said == ""


def told(pieces: list[str]) -> tuple[str, str]:
    parting = AsideSplitter()
    given = [*map(parting.take, pieces), parting.end()]
    return "".join(one.said for one in given), "".join(one.thought for one in given)
