"""Whether an answer claims something that nothing was looked up for, or that no evidence resembles.

Numbers, dates and names are compared by `unsupported`; here it is about words. Sentences that claim
nothing are told by their form: questions, greetings, and what the assistant says of itself or
declines. The words are English and German; in other languages the numbers alone are compared.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import permutations
from math import prod

from agent.support.arithmetic import evaluate
from agent.support.gather import gather
from agent.support.numbers import find_numbers
from agent.support.spans import unsupported
from agent.toolbox import Evidence

_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?=\w)[^.!?\n]*)*[.!?]*")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_ASKING = (
    r"(?:who|whose|whom|what|which|when|where|why|how|is|are|was|were|do|does|did|has|have|had|can|could"
    r"|will|would|should|show|list|give|tell|name|count|find|compare|explain|describe"
    r"|wer|wen|wem|wessen|was|welche\w*|wann|wo|warum|wie|ist|sind|hat|haben|gibt|zeig\w*|nenn\w*|liste)\b"
)
_ASKS = re.compile(rf"^\W*{_ASKING}", re.IGNORECASE)
# "You can ask: how many orders were placed in 2025?" has a number and claims nothing; a question
# that only ends like one ("There are 42, right?") is not taken for one.
_QUESTION = re.compile(
    rf"(?:^[\W_]*|[\"'\u201c\u201e\u2018\u00ab:*_.!?])\s*{_ASKING}[^?\n]*\?",
    re.IGNORECASE | re.MULTILINE,
)
_REQUEST = re.compile(
    r"\b(?:(?:can|could|would|will) you (?:please )?(?:tell|show|give|list|say|explain|find|check|look|count)|please|do you know|(?:tell|show|give|list)(?: me| us)?"
    r"|(?:kannst du|k[öo]nnen sie|bitte|wei[ßs]t du|wissen sie)(?: mir| uns)?)\b",
    re.IGNORECASE,
)
_CHAT = re.compile(
    r"\b(?:hello|hi|hey|thanks?|thx|bye|goodbye|good (?:morning|afternoon|evening|night|day)|ok|okay|great|nice"
    r"|cool|perfect|hallo|danke|guten|gute|tsch[üu]ss)\b",
    re.IGNORECASE,
)
_CREATES = re.compile(
    r"^\W*(?:please )?(?:tell me a (?:joke|story)|write|draft|translate|rewrite|rephrase|proofread|spell"
    r"|bitte |schreib\w*|[üu]bersetz\w*|erz[äa]hl\w*)\b",
    re.IGNORECASE,
)
_TO_THE_ASSISTANT = re.compile(
    r"\b(?:(?:did|have) we (?:talk|discuss|sp[eo]ak|say)\w*|you|your|yours|yourself|docsql|du|dich|dir|dein\w*|sie|ihnen|ihre?n?"
    r"|(?:did|do|have|was|is) (?:i|my)\b|(?:this|our) (?:conversation|chat)|(?:hab\w*|was) ich)\b",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"\b(?:we(?! (?:have )?(?:talked|discussed|spoke))|we're|we've|our|ours|us|the company\w*|wir|unser\w*|uns)\b",
    re.IGNORECASE,
)
_OF_ITSELF = re.compile(
    r"\b(?:i|i'm|i've|i'll|i'd|me|my|myself|let's|ich|mir|mich|mein\w*)\b", re.IGNORECASE
)
_ASSERTS = re.compile(
    r"(?<!not )(?<!n't )(?<!n\u2019t )\b(?:know|believe|think|found|find|see|confirm|say|tell you|assume|guess|counted?|wei[ßs]|glaube|denke)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?<=[a-z,;:] )(?!(?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b)[A-Z][a-z]{3,}\b"
)
"""A word with a capital within a sentence; a month or a day may be told of a date."""
_DECLINES = re.compile(
    r"\b(?:sorry|no (?:problem|worries)|unfortunately|unable|cannot be|not (?:available|known|connected|able|sure|clear)"
    r"|no (?:information|access|document|database|data|source|evidence|passage|answer)"
    r"|(?:do|does|did) not (?:say|tell|mention|contain|include|cover|answer|state|specify)"
    r"|(?:don|doesn|didn)['\u2019]t (?:say|tell|mention|contain|include|cover|answer|state|specify)"
    r"|(?:do|does) not have (?:access|any|enough|information)|(?:don|doesn)['\u2019]t have (?:access|any|enough|information)"
    r"|(?:cannot|can['\u2019]t|can not) (?:provide|answer|tell|say|determine)"
    r"|nothing (?:was|is|about|in)|leider|nicht (?:bekannt|verf[üu]gbar|m[öo]glich)|keine (?:angabe|information|daten)\w*)\b",
    re.IGNORECASE,
)
_OFFERS = re.compile(
    r"^\W*(?:you can|you may|you could|please|feel free|try|ask|just ask|let me|here (?:is|are) (?:some|a few) (?:examples?|things)"
    r"|for example|welcome|sie k[öo]nnen|du kannst|bitte|frag\w*)\b",
    re.IGNORECASE,
)
_PLEASANT = frozenset(
    "hello hi hey good morning afternoon evening day night welcome you're thanks thank you sure of course"
    " certainly okay ok great nice glad happy to help pleasure my anytime bye goodbye see"
    " soon later have a hallo guten tag morgen abend danke gern gerne bitte klar natürlich tschüss"
    " there too and so very much well fine".split()
)
_STOPWORDS = frozenset(
    "this that these those with from have been were will would could should there their they them than"
    " then into only also about which what when where your more most some such each very between"
    " eine einer einen dies diese dieser nicht auch sind wird werden oder über nach".split()
)
_EXPRESSION = re.compile(r"[\d(][\d.,\s()*/+-]*[\d)]")
_MOST_OPERANDS = 4
_HIGHEST_POWER, _LARGEST_BASE = 10, 1_000
_STEM = 5
SHARE = 0.5
"""Of a sentence's words, how many stand in evidence that it is taken from."""


def claims_unasked(answer: str, *, question: str, earlier: str = "") -> list[str]:
    """The claims of an answer for which nothing was looked up, each as it stands there.

    `earlier` is what the conversation has borne out. Numbers may be those that were said, or what
    the question's own numbers come to.
    """
    answer = _QUESTION.sub(" ", answer)
    if not _is_asked(question):  # then it may chat about itself, with numbers of its own
        answer = "\n".join(one for one in _sentences(answer) if not _is_of_itself(one))
    said = f"{question}\n{earlier}"
    results = _own_results(question)
    claims = unsupported(answer, question=said, evidence=(), computed=results)
    asked = {number.text for number in find_numbers(question)}
    if claims or any(number.text not in asked for number in find_numbers(answer)):
        return [claim.text for claim in claims]  # none: it calculated, or repeats what was checked
    is_answering = _is_answering(question)
    return [
        sentence
        for sentence in _sentences(answer)
        if _claims(sentence, is_answering=is_answering) and sentence.lower() not in earlier.lower()
    ]


def rests_on_evidence(answer: str, evidence: Sequence[Evidence]) -> bool:
    """Whether some statement of an answer that cites nothing resembles the evidence.

    True also of an answer that states nothing.
    """
    sentences = [one for one in _sentences(answer) if _claims(one, is_answering=True)]
    if not sentences or _has_a_known_number(answer, evidence):
        return True
    known = {word[:_STEM] for word in _words(gather("", evidence).said)}
    for sentence in sentences:
        words = [word for word in _words(sentence) if word not in _STOPWORDS]
        if words and sum(word[:_STEM] in known for word in words) >= SHARE * len(words):
            return True
    return False


def only_declines(answer: str, question: str) -> bool:
    """Whether a reply to a question does nothing but say that it cannot be answered."""
    said = list(_sentences(answer))
    is_claim = any(_claims(one, is_answering=True) for one in said)
    return _is_answering(question) and not is_claim and any(map(_DECLINES.search, said))


def claims_of(text: str) -> list[str]:
    """The sentences of a part of an answer that claim something about the world."""
    return [one for one in _sentences(text) if _claims(one, is_answering=True)]


def shares_words(
    text: str, question: str, evidence: Sequence[Evidence], *, share: float = SHARE, least: int = 0
) -> bool:
    """Whether so many of a text's longer words stand in the question or the evidence.

    A word stands there if one with the same beginning does. With `least` 0, true of a text without
    longer words.
    """
    words = [word for word in _words(text) if word not in _STOPWORDS and not word.isdigit()]
    known = {word[:_STEM] for word in _words(gather(question, evidence).said)}
    return sum(word[:_STEM] in known for word in words) >= max(share * len(words), least)


def unknown_names(answer: str, question: str, evidence: Sequence[Evidence]) -> list[str]:
    """The names within sentences of an English answer that neither question nor evidence has."""
    known = {word[:_STEM] for word in _words(gather(question, evidence).said)}
    named = dict.fromkeys(found[0] for found in _NAMED.finditer(answer))
    return [name for name in named if name.lower()[:_STEM] not in known]


def _is_answering(question: str) -> bool:
    """Whether a reply to this says something of the world: it asks, and not about the assistant."""
    if _CREATES.match(question):
        return False
    return _is_asked(question) and not _TO_THE_ASSISTANT.search(_REQUEST.sub(" ", question))


def _is_asked(question: str) -> bool:
    """Whether a message wants to be told something, be it in a word or two as for a search."""
    if "?" in question or _ASKS.match(question) or _REQUEST.search(question):
        return True
    talks = (_CHAT, _OF_ITSELF, _TO_THE_ASSISTANT)
    return not any(words.search(question) for words in talks)


def _is_of_itself(sentence: str) -> bool:
    return bool(_OF_ITSELF.search(sentence)) and not _OURS.search(sentence)


def _claims(sentence: str, *, is_answering: bool) -> bool:
    if sentence.endswith("?") or _DECLINES.search(sentence):
        return False
    if _OURS.search(sentence):
        return True
    if not is_answering or _OFFERS.match(sentence):
        return False
    if _OF_ITSELF.search(sentence) and not _ASSERTS.search(sentence):
        return False
    return not all(word in _PLEASANT for word in _words(sentence, shortest=1))


def _own_results(question: str) -> set[float]:
    """What the few numbers of a question come to with each other: it may ask for a calculation."""
    signed = re.sub(r"[x\u00d7\u2217]", "*", question).replace("\u00f7", "/").replace("\u2212", "-")
    values = (evaluate(one.strip().replace(",", "")) for one in _EXPRESSION.findall(signed))
    results = {value for value in values if value is not None}
    read = (number.readings[0] for number in find_numbers(question))
    numbers = [one.value / 100 if one.is_percent else one.value for one in read]
    if not 2 <= len(numbers) <= _MOST_OPERANDS:
        return results
    results |= {sum(numbers), sum(numbers) / len(numbers), prod(numbers)}
    for a, b in permutations(numbers, 2):
        results |= {abs(a - b), a * b, a * b / 100, a + a * b, a + a * b / 100}
        results |= {a**b} if b <= _HIGHEST_POWER and a <= _LARGEST_BASE else set()
        results |= {abs(a - a * b), abs(a - a * b / 100)} | ({a / b, 100 * a / b} if b else set())
    return {abs(value) for value in results}


def _has_a_known_number(answer: str, evidence: Sequence[Evidence]) -> bool:
    written = len(re.findall(r"(?<![\w\[])\d[\d.,]*", answer))
    return written > len(unsupported(answer, question="", evidence=evidence))


def _sentences(text: str) -> Iterator[str]:
    for found in _SENTENCE.finditer(text):
        sentence = found[0].strip().strip("*_#>- \t")
        if _WORD.search(sentence):
            yield sentence


def _words(text: str, *, shortest: int = 4) -> list[str]:
    return [word for word in _WORD.findall(text.lower()) if len(word) >= shortest or word.isdigit()]
