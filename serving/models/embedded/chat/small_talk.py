"""Messages that no source has to answer: greetings, thanks, and questions about the assistant."""

import re

from agent.fallback import UNANSWERED
from tools.language.pack import language_packs
from tools.language.telling import Telling

_GREETING = re.compile(
    r"\s*(?:hello|hi|hey|howdy|greetings|good (?:morning|afternoon|evening|day)|nice to meet you)\b",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\b(?:thanks?|thank you|thx|appreciate it|(?:great|nice|good) (?:talking|to talk|chatting))\b",
    re.IGNORECASE,
)
_FAREWELL = re.compile(r"\s*(?:bye|goodbye|see you|good night|farewell)\b", re.IGNORECASE)
_ADDRESSED = re.compile(r"\b(?:you|your|yours|yourself|ai|bot)\b", re.IGNORECASE)
_PERSONAL = re.compile(
    r"\b(?:name|names|named|call|called|age|old|birthday|birth|born|hobby|hobbies|pets?|human|robot"
    r"|machine|computer|real|person|made|makes?|maker|built|build|created?|creator|designed"
    r"|programmed|assembled|come|live|lives|grow up|home ?town|boss|employer|report|feeling|doing"
    r"|up to|do you like|you like to|do you enjoy|do you prefer|do you think|you work for"
    r"|do you work|help(?: me)?(?: with)?(?=\W*$)|can you do|know how to|are you)\b",
    re.IGNORECASE,
)
_PASTIME = re.compile(
    r"\b(?:jokes?|trivia|riddles?|(?:fun|funny|cool|amusing|interesting|random) (?:\w+ )?facts?"
    r"|(?:something|anything) (?:funny|amusing|interesting|cool)"
    r"|(?:meaning|point|purpose) (?:of|to) life)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"\s*(?:(?:hello|hi|hey|howdy|greetings|good (?:morning|afternoon|evening|day)|thanks?|thank you|thx"
    r"|great|perfect|ok(?:ay)?|there|all|everyone|a lot|very much|so much|again|just curious|out of curiosity"
    r"|(?:a )?quick question)\b[\s,;.!:-]*)+",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:and|how|what|which|who|whose|when|where|why|list|show|give|count|find|tell|is|are|do|does"
    r"|can i|may i)\b",
    re.IGNORECASE,
)
"""How a question begins that a courtesy stands before."""
_LONGEST = 12
"""Words; what is longer is more than a courtesy."""

HELP = "Ask me something that the connected documents or databases can answer."
PLAIN = "I work without a language model, so plain questions suit me best."

_REPLIES = {
    "thanks": ("You are welcome.", HELP),
    "farewell": ("Goodbye.",),
    "greeting": ("Hello!", HELP, PLAIN),
    "personal": ("I am DocSQL: rules and a text search, no person and no language model.", HELP),
    "talk": ("I work without a language model, so I cannot talk freely.", HELP),
    "else": (UNANSWERED,),
}


def is_small_talk(message: str) -> bool:
    """Whether a message is courtesy, or is about the one that it is addressed to."""
    if len(message.split()) > _LONGEST:
        return False
    if _elsewhere(message) is not None:
        return True
    if without_courtesy(message) != message:
        return False
    courtesy = _GREETING.match(message) or _FAREWELL.match(message) or _THANKS.search(message)
    return bool(courtesy or _is_about_us(message))


def without_courtesy(message: str) -> str:
    """The question that a greeting or thanks stand before; else the message as it is."""
    opening = _OPENING.match(message)
    asked = message[opening.end() :] if opening else message
    is_question = _ASKS.match(asked) and not _is_about_us(asked)
    return asked if asked and is_question else message


def _is_about_us(message: str) -> bool:
    is_personal = _ADDRESSED.search(message) and _PERSONAL.search(message)
    return bool(is_personal or _PASTIME.search(message))


def _elsewhere(message: str) -> tuple[str, Telling] | None:
    """What a message in another language is, where all of it is a courtesy, and that language."""
    return next(
        (
            (kind, Telling(pack.code))
            for pack in language_packs()
            for kind, form in pack.courtesy.items()
            if form.fullmatch(message)
        ),
        None,
    )


def reply(message: str) -> str:
    """What there is to say without a language model, which is said in every case."""
    kind, to = _elsewhere(message) or (_kind_of(message), Telling.of(message))
    return " ".join(map(to.say, _REPLIES[kind]))


def _kind_of(message: str) -> str:
    if without_courtesy(message) != message:  # a greeting is no answer to the question behind it
        return "else"
    if _THANKS.search(message):
        return "thanks"
    if _FAREWELL.match(message):
        return "farewell"
    if _GREETING.match(message):
        return "greeting"
    if _ADDRESSED.search(message) and _PERSONAL.search(message):
        return "personal"
    return "talk" if is_small_talk(message) else "else"
