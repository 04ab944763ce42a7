"""Ways to say something, put as the one that is read: "leave out the returns" as "excluding returns"."""

import re
from collections.abc import Callable, Sequence, Set

from serving.models.embedded.english.amounts import spelled_in_digits
from serving.models.embedded.english.deeds import is_participle
from serving.models.embedded.english.months import MONTHS
from serving.models.embedded.english.series import as_series
from serving.models.embedded.english.words import stem

_NUMBERS = r"\d+|two|three|four|five|six|seven|eight|nine|ten"
_RANKED = re.compile(
    r"\b(?:most|least|fewest|highest|lowest|biggest|largest|smallest|best|worst|longest|shortest|oldest|newest|youngest"
    r"|latest|earliest|cheapest|dearest|heaviest|top)\b",
    re.IGNORECASE,
)
_ALTOGETHER = "(?:in total|altogether|all together|overall|in sum)"
_PERIOD_SAID = r"(?:\w+ )?(?:19|20)\d\d"
_AT = {"longest": "maximum", "shortest": "minimum"} | dict.fromkeys(
    ("average", "mean", "typical"), "on average"
)


def _topped(found: re.Match[str]) -> str:
    return " ".join(filter(None, ("top", found[1] or found[2], found[3])))


def _of_ranking(found: re.Match[str]) -> str:
    """Nothing behind a ranking, which is shown with what it ranks by."""
    return "" if _RANKED.search(found.string[: found.start()]) else found[0]


def _by_nobody(found: re.Match[str]) -> str:
    """What nobody did was not done."""
    is_done = is_participle(found[2]) if found[1] else found[2].endswith("ed")
    return f"that were not {found[2]}" if is_done else found[0]


def _how_long(found: re.Match[str]) -> str:
    return f"how long {_AT[found[1].lower()]}"


_MONTH = rf"\b({'|'.join(MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b"
_Instead = str | Callable[[re.Match[str]], str]
_WAYS: Sequence[tuple[str, _Instead]] = (
    (r"\b(are|is|was|were|do|does|did|have|has|had|could|would|should)n['\u2019]?t\b", r"\1 not"),
    (r"\b(what|which) ?% (?=of\b)", r"\1 percent "),
    (r"\b(?:the )?(\d\d?)(?:st|nd|rd|th) (?:of )?" + _MONTH, r"\1 \2"),
    (_MONTH + r" (?:the )?(\d\d?)(?:st|nd|rd|th)\b", r"\1 \2"),
    (r"\b(sign(?:ed|s|ing)?) up\b", r"\1"),
    (
        r"\b(?:been|worked|works?) (?:(?:here|with us|for us) )?(?:the )?longest(?=[?.! ]*$)",
        "the earliest",
    ),
    (r"\b(overdue|late|unpaid) (?:as of |by )?(?:today|now|right now)\b", r"\1"),
    (r"\bcall(?:ed)? off\b", "cancelled"),
    (r"\b(?:gave|given|brought|handed|sent) back\b", "returned"),
    (r",? with (?:the|their|its) dates?(?=[?.! ]*$)", " and when"),
    (r"(?<=\w)['\u2019](?:ve|re|ll|d|m)\b", ""),
    (
        r"\b((?:more|fewer|less) than \w+ \w+|at least \w+ \w+|at most \w+ \w+) (?:altogether|in total|in all|overall)\b",
        r"\1",
    ),
    # Who somebody is, before the name.
    (r"\b(?:mr|mrs|ms|miss|dr|prof)\b\.? (?=(?-i:[A-Z][a-z]))", ""),
    # What is all that is wanted.
    (
        r"[,;]? ?\b(?:is|are|would be) (?:enough|sufficient|all (?:i|we) need)\b|\bwill do\b(?=[.! ]*$)",
        " enough",
    ),
    # What is to be left out.
    (
        r"[,;.?!(]*\s*\b(?:but |and |please |if (?:we|you|i) )?(?:do not|don't|not) (?:count|counting|include|including|consider|considering)"
        r"(?: any| the| those)?\b(?! by)",
        " excluding",
    ),
    (
        r"[,;.?!(]*\s*\b(?:but |and |please |if (?:we|you|i) )?(?:leave out|leaving out|leave aside|leaving aside|ignore|ignoring|disregard"
        r"|disregarding|exclude|skip|skipping|apart from|aside from)(?: any| the| those)?\b",
        " excluding",
    ),
    (
        r"^\s*(?:excluding|without|except(?: for)?)\b ([^,?]+?), (.+?)([?.! ]*)$",
        r"\2 excluding \1\3",
    ),
    (
        r",? ?\b(?:with |the )?((?:[\w-]+ ){1,3})(?:are |is )?(?:not counted|not included|left out|excluded|put aside|ignored)\b",
        r" excluding \1",
    ),
    # What leaves nothing out.
    (
        r"\s*[,(]\s*(?:with |and )?(?:the )?(?:[\w-]+ ){1,3}(?:included|incl\.?|inclusive)\)?",
        "",
    ),
    (r"\s*[,(]?\s*(?:including|incl\.?) (?:the |any |all )?[\w-]+ ones\b\)?", ""),
    (
        r"\s*[,(]?\s*(?:(?:of|in|with) )?\b(?:any|whatever|regardless of(?: the| their)?|no matter (?:what|which)(?: the)?) (?:status|state|kind|type)\b\)?",
        "",
    ),
    # A discount.
    (r"\b(\d+(?:\.\d+)?) ?(?:%|percent|per cent) off\b", r"\1 percent discount"),
    # What is over, and what goes on.
    (r"\b(?:not|n't) ((?:[\w'-]+ ){0,4}?[\w'-]+) (?:any ?more|any longer)\b", r"no longer \1"),
    (
        r"\b(?:(?:did|do|does|have|has) )?(?:(?:we|they|you|i) )?(?:stop|stops|stopped) (?=\w+ing\b)",
        "no longer ",
    ),
    (
        r"\b(?:(?:did|do|does|have|has|were|was|are|is) )?(?:(?:we|they|you|i) )?(?:discontinue[sd]?|phase[sd]? out|(?:take|takes|took|taken) off the market|withdrew|withdrawn)\b",
        "no longer sold",
    ),
    # What was earned, by us and not by somebody who has a wage.
    (
        r"\bhow much (?:money )?(?:did|do|have|had) we (?:earn|earned|make|made|take in|taken in|took in) (?:from|with|on|by)\b",
        "how much are",
    ),
    (
        r"\b(?:what|which) share of (.+?),? (?:in|as a) (?:percent|per cent|percentage|%)(?=[?.! ]*$)",
        r"what percentage of \1",
    ),
    (r"\b(?:has |have |had )?end(?:s|ed)? up (?:being |as )?", "were "),
    (
        r"^\W*(?:out )?of (?:all )?(?:the |our )?(.+?),? (?:what|which) (?:share|percentage|percent|proportion)(?: of them)?"
        r" (is|are|was|were|have|has|had|did)\b(.*?)(?:[.?!,;] *(?:in )?(?:percent|%)(?: please)?)?(?=[?.! ]*$)",
        r"what percentage of \1 \2\3",
    ),
    # Which of two periods has more.
    (
        rf"^\W*(?:did|do|have) we (?:earn|earned|make|made|take|taken|spend|spent) (?:more|less)(?: money)? (?:from|with|on|in) (.+?)"
        rf" in ({_PERIOD_SAID}) or (?:in )?({_PERIOD_SAID})",
        r"how much are \1 in \2 vs in \3",
    ),
    (
        rf"^\W*(?:did|do|have|were|are|was|is) (?:we|they|you|there) (?:\w+ )?(?:more|fewer) (.+?) in ({_PERIOD_SAID}) or (?:in )?({_PERIOD_SAID})",
        r"how many \1 in \2 vs in \3",
    ),
    (
        r"[.?!,;] *(?:please )?(?:give|tell|show) (?:me )?both (?:numbers|figures|values|amounts)\b(?: please)?",
        "",
    ),
    # How good something was, in the marks that it got.
    (
        r"\bhow (?:happy|satisfied|pleased) (?:is|are|was|were) (?:the |our )?(?:customers|clients|people|users|guests|they)\b(?: on average)?"
        r"(?: with (?:the )?(?:(?:handling|quality) of )?)?",
        "average satisfaction of ",
    ),
    (r"\bby how (severe|urgent) (?:the |a |an )?\w+ (?:is|was|are|were)\b", r"by \1"),
    (r"\bbusiest (\w+) (?:by|with|for|in terms of)\b", r"\1 with the most"),
    (
        r"\bwho(?:m)? (?:does|do|did) (.+?) (?:reports?|answers?) to(?=[?.! ]*$)",
        r"who is the manager of \1",
    ),
    (r"\b(?:look(?:s|ed|ing)?|asks?|asked) after\b", "looks"),
    (r"\bsince when\b", "when"),
    (
        r"\b((?:this|last) (?:year|quarter|month|week)|(?:19|20)\d\d|today|yesterday|tomorrow)['\u2019]s ((?:[\w-]+ ){0,2}?[\w-]+[^\Ws]s)\b",
        r"\2 of \1",
    ),
    (r"\b(which|what) (month|quarter|year)s\b", r"\1 \2"),
    (r"\b(?:over|within|throughout) (?=the (?:last|past|previous|next|coming)\b)", "in "),
    (r"\bin charge\b", "responsible"),
    (r"(?<=[a-z]) of (?:ours|yours|mine)\b", ""),
    # How long.
    (
        r"\bhow many (?:days|weeks|hours) (?=(?:does|do|did)\b.*\b(?:take|last)\b"
        r"|(?:after|before|between|from|are there between|were there between)\b)",
        "how long ",
    ),
    (
        r"\b(?:what (?:is|was|'s) )?(?:the )?(average|mean|typical|longest|shortest) (?:time|duration|number of days|days)"
        r"(?= (?:to|between|from|until|it takes?|for)\b)",
        _how_long,
    ),
    # Nobody.
    (
        r"\b(?:have|has|had) (?:nobody|no one|no-one|noone) (?:as|for)(?: an?| their| its)?\b",
        "have no",
    ),
    (
        r"(?<=s )(?:that |which )?(?:nobody|no one|no-one|noone) (has |have |had )?(?:ever )?(\w+)\b",
        _by_nobody,
    ),
    # What brings money.
    (
        r"\b(?:has |have |had )?(?:brought|bring|brings|made|make|makes|earned|earn|earns) us the (most|least) money\b",
        r"has the \1 revenue",
    ),
    (r",? ?\b(?:over (?:all )?(?:the|these) years|(?:of|for) all time)\b(?! \d)", ""),
    # Up to now: rows know nothing later.
    (
        r",? ?\b(?-i:so far|to date|until now|up to now|by now|as of (?:now|today))\b",
        "",
    ),
    # At present: said last, so that it parts no other words.
    (
        r",? ?\b(?-i:at the moment|at present|right now|these days|nowadays|at this time|currently)\b(.*?)"
        r"(?=,? and (?:how|what|which|who|when|where)\b|[?.! ]*$)",
        r"\1 currently",
    ),
    # The first of a ranking.
    (
        r"\b((?:best|worst)[- ]?sell(?:ing|ers?)\b[^,;.?]*?) by (?:the )?(?:number of )?(?:units|quantity|pieces)(?: sold)?\b",
        r"\1",
    ),
    (
        rf"\b(?:({_NUMBERS}) )?(?:biggest|largest|best|strongest|top)(?: ({_NUMBERS}))? ([a-z][\w-]*s)(?= (?:by|in terms of|measured by)\b)",
        _topped,
    ),
    (
        rf"\b({_NUMBERS}) (?:the )?(?:most expensive|highest|biggest|largest|best)() ([^\W\d_][\w-]*)(?= by\b)",
        _topped,
    ),
    # What comes first is shown with what it is ranked by.
    (
        r"[,;.?]? (?:and )?how (?:much|many|high|low|big|large|old|long|heavy|far) (?:is|are|was|were)"
        r" (?:that|this|it|they|those|these)(?=[?.! ]*$)",
        _of_ranking,
    ),
    # The whole of an amount.
    (
        r"\bwhat (?:does|do|did|will|would) (?:that|this|it|they|those|these) (?:make|come to|add up to|amount to)\b"
        r"(?:,? (?:in total|altogether|together))?",
        "what is the total",
    ),
    (
        r"\bhow much (?:is|are|was|were) (?:that|this|it|they|those|these)(?: worth)?(?:,? (?:in total|altogether|together))?"
        r"(?=[?.! ]*$)",
        "what is the total",
    ),
    (
        rf"^\s*(how much\b.+?|what (?:is|was|are|were) the (?:total|sum)\b.+?),? {_ALTOGETHER}(?=[?.! ]*$)",
        r"\1",
    ),
    (
        rf"^\s*what (is|was|are|were) (?:the )?(?!(?:average|mean|number|maximum|minimum|highest|lowest)\b)(.+?),? {_ALTOGETHER}(?=[?.! ]*$)",
        r"what \1 the total \2",
    ),
    (r"(?<=s )(?:in terms of|measured by)\b", "by"),
    (r"^\s*(?=(?:units|pieces|copies) of\b)", "how many "),
    (
        r"(?<=[a-z])(?<!\bin)(?<!\bof)(?<!\bto)(?<!\bby)(?<!\bor)(?<!\band)(?<!\bfrom)(?<!\bsince)(?<!\buntil)(?<!\bafter)"
        r"(?<!\bbefore)(?<!\bduring)(?<!\bbetween)(?<!\byear)(?<!\bthan)(?<!\bover)(?<!\bunder)(?<!\bfor)(?<!\bthrough)"
        r"(?<!\bmodel)(?<!\bnumber)(?<!\bid)(?<!\babove)(?<!\bbelow)(?<!\bjanuary)(?<!\bfebruary)(?<!\bmarch)(?<!\bapril)"
        r"(?<!\bmay)(?<!\bjune)(?<!\bjuly)(?<!\baugust)(?<!\bseptember)(?<!\boctober)(?<!\bnovember)(?<!\bdecember)"
        r" (?=(?:19|20)\d\d(?: (?:from|of|by|per|in|with|without|excluding)\b|[,?.]|$))",
        " in ",
    ),
    (r"\bon (?:file|record)\b", ""),
)
_REWRITES = [(re.compile(pattern, re.IGNORECASE), instead) for pattern, instead in _WAYS]
_QUOTED = re.compile(r"\"[^\"]+\"|“[^”]+”")
_HELD = '"0"'
"""What stands for a quotation while the words around it are read: nothing of it is rewritten."""
_NEW = re.compile(r"\bnew (?=[a-z]+s\b)", re.IGNORECASE)
_PERIOD = re.compile(
    r"\b(?:19|20)\d\d\b|\b(?:this|last|past) (?:year|month|quarter|week)\b|\b(?:per|by|each|every) (?:year|month|quarter)\b"
    rf"|\b(?:{'|'.join(MONTHS)})\b",
    re.IGNORECASE,
)


_IN_MONEY = re.compile(
    r",? ?\bin (euros?|eur|dollars?|usd|pounds?|gbp|francs?|chf)(?=[?.! ]*$| (?:of|for|per|by|from|since)\b)",
    re.IGNORECASE,
)


def without_currency(question: str, stored: Set[str]) -> str:
    """The question without a currency behind it; a currency that is stored is a condition, and stays."""
    return _IN_MONEY.sub(lambda it: it[0] if it[1].lower() in stored else "", question)


_IN_FORCE = re.compile(
    r"\b(?:still |currently |right now )?(?:in (use|service|force|operation)|(running|ongoing|valid|active))\b"
    r"(?: (?:now|right now|currently))?(?! (?:late|low|short|out|from|on|by)\b)",
    re.IGNORECASE,
)


def in_force(question: str, stored: Set[str], named: Set[str]) -> str:
    """The question with "valid" for "in force", "running" and the like.

    Words that are stored values stay, and so do adjectives that are part of a table's or column's name.
    """

    def put(found: re.Match[str]) -> str:
        word = (found[1] or found[2]).lower()
        is_known = word in stored or (found[2] and stem(word) in named)
        return found[0] if is_known else "valid"

    return _IN_FORCE.sub(put, question)


def plain(question: str) -> str:
    """The question in the plainest words for the same thing.

    The new ones of a period are those whose date lies in it.
    """
    quoted = _QUOTED.findall(question)
    question = spelled_in_digits(as_series(_QUOTED.sub(_HELD, question)))
    for pattern, instead in _REWRITES:
        question = pattern.sub(instead, question)
    for text in quoted:
        question = question.replace(_HELD, text, 1)
    return _NEW.sub("", question) if _PERIOD.search(question) else question
