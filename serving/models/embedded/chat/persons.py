"""Whether a sentence mentions somebody who can act: a name, a role, an organization."""

import re

from tools.language.common_words import common_words

_ROLES = re.compile(
    r"\b(?:chief|head|board|team|staff|desk|crew|council|committee|department|office|agency|authority|police|court|parent|child(?:ren)?"
    r"|everyone|everybody|anyone|anybody|someone|somebody|nobody|no one|person|people|wom[ae]n|m[ae]n|guest|client|partner|compan(?:y|ies)|group"
    r"|firm|bank|part(?:y|ies)|association|union|government|ministry|university|school|lead|duty|side|half|who(?:ever)?|they|he|she|we|you|i)s?\b"
    r"|\b(?:presid|ag|resid|stud|superintend|par)ents?\b|\bsecretar(?:y|ies)\b",
    re.I,
)
_DOERS = re.compile(r"\b[a-z]{2,}(?:er|or|ist|ee|ian|ant|man|men)s?\b", re.I)
_THINGS = frozenset(
    """number other another order water paper power computer server letter matter corner summer winter quarter over under
    after later never either whether together former further lower higher greater smaller larger earlier longer shorter
    cover register transfer offer center meter liter laser rubber timber silver copper weather rather however per her
    factor sector door floor motor error color minor major prior sensor reactor generator for or nor fee free three see
    agree guarantee degree coffee important significant constant relevant want plant grant list exist assist than""".split()
)
"""Words with the endings of words for people, such as "water"."""
_GERMAN_ROLES = re.compile(
    r"\b[A-ZÄÖÜ]?\w*(?:leitung|abteilung|führung|verwaltung|[cC]hef|vorstand|[rR]at|[tT]eam|[aA]mt|stelle|[fF]irma|gesellschaft|[bB]etrieb|behörde"
    r"|personal|beschäftigten?|angestellten?|vorgesetzten?|[kK]unden?|lieferant(?:en)?|leute|[eE]ltern|jeder|niemand|alle|wer)\b"
    r"|\b[A-ZÄÖÜ]\w+(?:er|or|in|ern|innen|ist|ent|ant)\b|\b(?:Herrn?|Frau|Dr|Prof|GmbH|AG|KG|e\. ?V)\b"
)
_ENGLISH_NAME = re.compile(
    r"(?<![.?!:] )(?<!^)\b[A-Z][a-z]+|\b[A-Z][\w.-]* (?:of |the |van |de )?[A-Z]"
)
_FIRST_WORD = re.compile(r"\W*([A-Z][a-z]+)")
_GERMAN_NAME = re.compile(r"\b(\w*[A-ZÄÖÜ][a-zäöüß]+) [A-ZÄÖÜ][a-zäöüß]+\b")
_ADJECTIVE = re.compile(
    r"(?:isch|lich|ig|sam|bar|haft|los)(?:e|en|er|es|em)$|^[A-ZÄÖÜ]\w+(?:il|el|ell|al|iv|ant|ent)es$"
)
_SHORT_ROLE = re.compile(r"[A-ZÄÖÜ]{2,5}")
"""A cell that is nothing but capitals: CFO, HR, IT."""
_DAYS = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?)\b"
)


def speaks_of_somebody(text: str, *, is_english: bool) -> bool:
    """Whether a sentence mentions somebody; in German every noun has a capital, as names do."""
    text = _DAYS.sub("0", text)
    if _SHORT_ROLE.fullmatch(text):
        return True
    if not is_english:
        names = (match[1] for match in _GERMAN_NAME.finditer(text))
        return bool(_GERMAN_ROLES.search(text)) or any(not _ADJECTIVE.search(n) for n in names)
    first = _FIRST_WORD.match(text)
    is_name_first = first is not None and first[1].lower() not in common_words()
    doers = (word[0].lower().removesuffix("s") for word in _DOERS.finditer(text))
    is_somebody = any(word not in _THINGS for word in doers)
    return is_name_first or is_somebody or bool(_ROLES.search(text) or _ENGLISH_NAME.search(text))
