"""Messages that no source has to answer: greetings, thanks, and questions about the assistant."""

import re

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
    r"\b(?:name|names|named|called?|age|old|birthday|born|hobby|hobbies|pets?|human|robot|machine"
    r"|computer|real|person|made|makes?|built|build|created?|designed|programmed|assembled|come"
    r"|live|lives|boss|report|feeling|doing|up to|can you do|know how to|are you)\b",
    re.IGNORECASE,
)
_PASTIME = re.compile(r"\b(?:jokes?|trivia|fun facts?|cool facts?|riddles?)\b", re.IGNORECASE)
_LONGEST = 12
"""Words; what is longer is more than a courtesy."""

HELP = "Ask me something that the connected documents or databases can answer."
PLAIN = "I work without a language model, so plain questions suit me best."


def is_small_talk(message: str) -> bool:
    """Whether a message is courtesy, or is about the one that it is addressed to."""
    if len(message.split()) > _LONGEST:
        return False
    courtesy = _GREETING.match(message) or _FAREWELL.match(message) or _THANKS.search(message)
    about_us = _ADDRESSED.search(message) and _PERSONAL.search(message)
    return bool(courtesy or about_us or _PASTIME.search(message))


def reply(message: str) -> str:
    """What there is to say without a language model, which is said in every case."""
    if _THANKS.search(message):
        return f"You are welcome. {HELP}"
    if _FAREWELL.match(message):
        return "Goodbye."
    if _GREETING.match(message):
        return f"Hello! {HELP} {PLAIN}"
    if _ADDRESSED.search(message) and _PERSONAL.search(message):
        return f"I am DocSQL: rules and a text search, no person and no language model. {HELP}"
    return f"I work without a language model, so I cannot talk freely. {HELP}"
