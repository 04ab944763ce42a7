"""General English, frozen: how a question is cut into words and which words mean nothing alone."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from tools.documents import terms
from tools.sql.words import name_words

_TOKEN = re.compile(
    r"(?=[\w.-]*\d)(?=[\w.-]*[A-Za-z])\w+(?:[.-]\w+)+|\"[^\"]+\"|'[^']+'(?!\w)|\d{4}-\d\d-\d\d|\d+(?:,\d{3})*(?:\.\d+)?(?![\w.-]*[A-Za-z])|\w+|[<>]=?|=|,"
)


STOP = frozenset(
    """nor , a about across actually all am among an and any are as at be been belong belongs based
    being can come could current currently database do does did each exist exists existing find
    for from get getting give had has have having he her his i if in into is it its just kind know
    let like list look looks made make may me my named called need needs needed done enough now of on one or our out
    overall please pls plz receive received show showing shown she some still tell than that the their them
    there these they thing things this those to together us use used using value values want was we
    were what when where which who whom whose will with within would yet you your many much how
    record records data located live lives placed place return display also only ever during between
    information detail details say held happened whats given either respective corresponding along well
    after but so already generate generates listed shown given found displayed thank thanks hello hi hey
    because generated bring brings brought
    paid work works working run runs right lasts lasted lasting s""".split()
)
"""Words that need no place of their own in a statement."""

UNITS = frozenset(
    """usd eur dollar dollars euro euros gb gib tb mb gbps gbit percent gig gigs gigabyte gigabytes
    terabyte terabytes months month weeks week days day hour hours year years minutes seconds pages units unit
    km kg miles old mph""".split()
)
"""Words that may follow a number without changing it."""
NUMBERS = {
    word: number
    for number, word in enumerate("zero one two three four five six seven eight nine ten".split())
} | {"single": 1, "twelve": 12, "twenty": 20, "hundred": 100}

_GROUPS = """client customer buyer purchaser|product item article|price cost fee charge money
employee staff worker personnel|nation country|company firm organisation organization business
quantity unit qty|revenue turnover sale income spend spent|ram memory|core vcpu cpu processor
ticket issue case incident|bought buy purchase order ordered purchased|birth born|author writer wrote written write|film movie
doctor physician|patient client|salary pay wage earning income|phone telephone|begin start started
kind type category species|town city|mail email|vendor supplier|manager head boss|surname lastname
sector industry branch|car vehicle|student pupil|teacher instructor|gpu accelerator|area size
maker manufacturer make brand|gender sex|population people inhabitant|
origin country|leader head|death died dead|language tongue|leadership head|
old age|long length duration|tall height|heavy weigh weight|big size|expensive price|fast speed|label title|rating score star stars mark satisfaction|urgency urgent priority severity severe|owner holder|disk storage
vessel ship boat|child children kid|aircraft airplane plane|truck lorry van|parcel package shipment consignment|invoice bill
refund refunded reimbursement|comment remark feedback|error mistake fault defect|site location facility|guest visitor
trip journey voyage tour|contract agreement|match game fixture|team squad|donation gift contribution
fare price|harbour harbor port|job task assignment work_order|document file|booking reservation|
tenant renter lodger|property building|flat apartment|agent broker|member subscriber|warehouse depot|stock inventory
delay delayed late lateness|technician mechanic engineer|inspection audit|amount worth sum|vacation holiday leave
grade mark score|fine penalty|accident crash collision|photo picture image|street road|dish meal|animal pet
disease illness|drug medicine medication|exam test|prize award|song track|machine device|debt arrears|deposit prepayment
shop store|residence home|repair mend fix|area district zone|course lesson class|km kilometer kilometre mileage|visit appointment|borrow loan|topic subject title
enrolment enrollment registration signup|room hall chamber|shift roster|supplier distributor|stay reservation
complaint claim grievance|delivery shipment dispatch|income earnings takings proceeds|journey route tour
instalment payment remittance|spare_part part component|line_item line position|order_line order_item position
purchase_order order|sales_order order|bank_account account|work_shift shift|opening_hours hours|service_call call visit
leave absence|recipe formula|ingredient raw_material material|oven kiln|guide leader|premises site property
pitch field court|plot parcel lot|tree plant|crop harvest|vet veterinarian doctor|practice surgery clinic
ward department|bed place|operation surgery|referral transfer|test_result result|sample specimen
policy contract|premium fee|claimant customer|dependant child|beneficiary recipient|grant award subsidy
volunteer helper|event function gathering|performance show concert|screening show|ticket admission|seat place
reader patron member|copy volume|shelf rack|branch_office branch|till register|voucher coupon
tool implement equipment|vehicle machine|lorry truck|trailer wagon|driver chauffeur|pallet skid|dock bay gate
meter counter|reading measurement|tariff rate|outage failure downtime|breakdown failure malfunction"""
SYNONYMS: dict[tuple[str, ...], frozenset[tuple[str, ...]]] = {}
"""Names that mean the same, by the stems of their words."""

_VERBS = """accept accepted act acted appear appeared arrange arranged arrive arrived come comes came coming assign assigned
associate associated attend attended award awarded become became begin belonging born build built carry
carried choose chose chosen commonly compete competed consider considered consist contain contained
correspond cover covered create created depart departed design designed develop developed directed
drive driven earn earned employ employed enroll enrolled establish established fly found founded gain
gained gets get happen spend spends hire hired hold host hosted involve involved issue issued join joined land lead led
manage managed mention mentioned occur occurred offer offered operate operated own owned participate
participated perform performed play played possess present presented produce produced provide provided
publish published raise raised reach reached registered release released represent represented
satisfy serve served serving share shared sign signed speak spoke spoken sponsor sponsored spent start
started stay stayed stored study studied support supported take taken taking took teach taught treat
treated visit visited put puts see saw seen watched win won written write wrote yield drove flew held sent send assigned
handle handled give gave obtain obtained achieve achieved collect collected consume consumed cast
operate worked house housed titled got living aged include included including residing reside use uses using make"""
_VAGUE = """anything something anybody anyone somebody everybody everyone money amount person people someone world around ones instead word single origin already together
result results answer appear corresponding distinctive individual item entry entries various
respectively relevant commonly times
available valid option here plot draw looking too choice doing break breakdown inclusive calculate query joining table tables final"""
VAGUE = frozenset(_VAGUE.split())
WEAK = frozenset(_VERBS.split()) | VAGUE
"""Words that tie a question's things together: unexplained ones lose nothing that was asked."""

MONEY = frozenset({"usd", "eur", "gbp", "chf", "dollars", "euros", "cents"})
"""Words in a column's name that say that it holds prices."""

_SHORTENED = {
    "fname": "first name", "lname": "last name", "f name": "first name", "l name": "last name",
    "dob": "birth date", "num": "number", "nr": "number", "qty": "quantity", "amt": "amount",
    "dept": "department", "addr": "address", "emp": "employee", "org": "organization",
    "mgr": "manager", "cust": "customer", "prod": "product", "desc": "description",
    "avg": "average", "yr": "year", "tel": "telephone", "pop": "population", "lang": "language",
    "acc": "account", "min": "minimum", "max": "maximum", "ts": "time", "cnt": "count",
    "dt": "date", "no": "number", "pct": "percent",
    "loc": "location", "msg": "message", "pwd": "password", "inv": "invoice", "sal": "salary",
}  # fmt: skip
"""What people shorten in the names of columns."""
_SHORT = re.compile(rf"\b(?:{'|'.join(sorted(_SHORTENED, key=len, reverse=True))})\b")


_APART = {"rating": "rating", "rated": "rating"}
"""Words whose stem would be that of another word: a rating is not a rate."""


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of one word; plurals of acronyms ("GPUs") lose their s as well."""
    lower = word.lower()
    if len(lower) > 3 and lower.endswith("s") and not lower.endswith(("ss", "ies")):
        lower = lower[:-1]
    return _APART.get(lower) or terms.stem_word(lower)


for _line in re.split(r"[|\n]", _GROUPS):
    _alike = {tuple(map(stem, name.split("_"))) for name in _line.split()}
    for _name in _alike:
        SYNONYMS[_name] = SYNONYMS.get(_name, frozenset()) | (_alike - {_name})

SPELLED = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety"
    "|hundred|thousand"
)
"""Numbers in words, as alternatives of a regular expression."""

PLACES = frozenset(
    map(stem, "region country city state town place location continent district county".split())
)
"""Stems of what nobody is: no answer to "who"."""
PERSONAL = frozenset(
    map(
        stem,
        """age gender sex birth birthday birthdate dob salary firstname lastname surname email job nationality height
        weight hire hired people person member employee student player singer patient guest passenger
        resident inhabitant""".split(),
    )
)
"""Stems of names that tell of people."""
OF_LIVES = frozenset(
    map(stem, "birth birthday birthdate dob born death died deceased decease".split())
)
"""The stems of words in the names of days on which people were born or died."""
OF_ENDS = frozenset(
    map(
        stem,
        """end ended until to expiry expires expired expiration due planned scheduled expected promised deadline
        updated modified changed left departure departed checkout returned finished closed completed
        ende bis ablauf abgelaufen fällig faellig geplant geändert geaendert abreise auszug rückgabe""".split(),
    )
)
"""The stems of words in the names of dates on which something ends, is due or was changed. A question that
names no date does not mean one of these."""
OF_ARRANGING = frozenset(map(stem, "booked arranged reserved created entered recorded".split()))
"""The stems of words in the names of days on which something was only agreed or written down."""
OF_BEGINNINGS = frozenset(
    map(
        stem,
        """registered registration joined created creation hired founded established opened built purchased acquired
        bought since member introduced launched released commissioned manufactured enrolled onboarded""".split(),
    )
)
"""The stems of words in the names of days from which on there is something, such as a customer."""
ROLES = frozenset(
    map(
        stem,
        """manager agent representative rep employee owner author driver teacher doctor engineer contact consultant
        seller salesperson buyer assignee operator technician mechanic nurse editor director instructor coach
        captain clerk officer supervisor advisor adviser planner handler creator""".split(),
    )
)
"""Stems of what people are for somebody."""
ACTORS = (
    ROLES
    | PERSONAL
    | frozenset(
        map(
            stem,
            """customer client buyer company firm organisation organization business supplier vendor partner
            staff worker personnel user subscriber tenant renter visitor donor volunteer team club pupil artist
            singer actor farmer grower maker manufacturer publisher sponsor crew party""".split(),
        )
    )
)
"""Stems of whom "who" may ask for: people, and firms or teams of them."""


def ranks(column: Set[str], table: str, *, by_age: bool) -> bool:
    """Whether a date may tell which row is the oldest or the first, by the stems of its name.

    The oldest of people is the one born first, and "our first volunteer" is not.
    """
    is_of_lives = not OF_LIVES.isdisjoint(column)
    are_people = not (PERSONAL | ROLES).isdisjoint(name_stems(table))
    return (is_of_lives or not are_people) if by_age else not is_of_lives


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a question: as written, in lower case, and stemmed; a quotation is one word."""

    text: str
    lower: str
    stem: str
    is_quoted: bool = False


def split(text: str) -> tuple[Word, ...]:
    """The words of a question; punctuation is dropped."""
    cleaned = re.sub("[\u2018\u2019`]", "'", re.sub("[\u201c\u201d]", '"', text))
    cleaned = re.sub(r"(?<=\w)n't\b", " not", cleaned)
    # Names of columns are spoken of as they are written: "split by device_type".
    cleaned = re.sub(r"(?<=[A-Za-z0-9])_+(?=[A-Za-z0-9])", " ", cleaned)
    # A colon introduces a list: "open bills of level 2: number and client".
    cleaned = re.sub(r"[:;](?=\s)", ",", cleaned)
    found = _TOKEN.findall(re.sub(r"(?<=\w)'s\b", " ", cleaned))
    return tuple(_as_word(token) for token in found)


def _as_word(token: str) -> Word:
    inner = token.strip("\"'").strip()
    is_quoted = inner != token and bool(inner)
    return Word(inner, inner.lower(), inner.lower() if is_quoted else stem(inner), is_quoted)


def is_filler(word: Word) -> bool:
    """Whether the word needs no place: it only ties other words together."""
    return not word.is_quoted and (word.lower in STOP or is_weak(word))


def is_weak(word: Word) -> bool:
    """Whether the word says nothing of its own: "produced in 1980", "the languages it speaks"."""
    lower = word.lower
    bare = {lower, lower.removesuffix("s"), lower.removesuffix("es"), lower.removesuffix("ing")}
    return not WEAK.isdisjoint(bare | {lower.removesuffix("ing") + "e"})


def name_stems(identifier: str) -> tuple[str, ...]:
    """The stems of the words in a table's or column's name, snake_case or camelCase; never none."""
    return tuple(stem(piece) for piece in name_words(identifier))


@lru_cache(maxsize=50_000)
def thing_words(table: str) -> tuple[str, ...]:
    """The words in a table's name for what its rows are: "orders" of "orders_2025" and "orders_2025_q1".

    Numbers at its ends are a period, a version or a place in a series. A name of nothing else is kept.
    """
    words = list(name_words(table))
    places = [
        at for at, word in enumerate(words) if word.isalpha() and not _is_of_number(words, at)
    ]
    return tuple(words[places[0] : places[-1] + 1] if places else words)


def _is_of_number(words: Sequence[str], at: int) -> bool:
    """Whether a letter belongs to the number behind it: "q1"."""
    return len(words[at]) == 1 and words[at + 1 : at + 2] != [] and words[at + 1].isdigit()


def thing_stems(table: str) -> tuple[str, ...]:
    """The stems of these words."""
    return tuple(stem(word) for word in thing_words(table))


@lru_cache(maxsize=50_000)
def spelled_out(identifier: str) -> tuple[str, ...]:
    """The stems of a name with what is commonly shortened written in full."""
    text = " ".join(name_words(identifier))
    return tuple(stem(piece) for piece in _SHORT.sub(_full, text).split())


def written_out(identifier: str) -> str:
    """The words of a name with what is commonly shortened written in full."""
    return _SHORT.sub(_full, " ".join(name_words(identifier)))


def _full(short: re.Match[str]) -> str:
    return _SHORTENED[short[0]]
