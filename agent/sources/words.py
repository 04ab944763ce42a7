"""The words of questions about documents, tables and what can be asked, in English and German."""

import re
from dataclasses import dataclass


def _of(text: str) -> frozenset[str]:
    return frozenset(text.split())


DOCUMENTS = _of(
    """documents document documentation docs files pdfs collections collection library archive
    passages manuals handbooks guides policies
    dokumente dateien unterlagen sammlungen sammlung bibliothek archiv"""
)
DATABASES = _of(
    """tables columns fields schema schemas database databases views
    tabellen spalten felder datenbank datenbanken schema sichten"""
)
ONE_TABLE = _of(
    "table view column field structure layout tabelle spalte sicht feld aufbau struktur"
)
DESCRIBED = _of("describe explain structured organised organized beschreibe erkläre aufgebaut")
LATEST = _of("latest newest neuesten letzten")
DATA = _of("data information info sources daten informationen quellen")
CONTAINERS = _of("database databases schema schemas datenbank datenbanken")
RELATED = _of(
    """related relate relates relation relations relationship relationships linked link links joined
    join verknüpft zusammen hängen beziehung"""
)
ASKED = _of(
    """ask asked question questions example examples sample
    fragen frage beispiel beispiele beispielfrage beispielfragen"""
)
HELP = _of("do help answer tell offer helfen beantworten tun machen hilfe")
ABLE = _of("can could able capable kannst können könnt kann")
YOU = _of("you your du dir ihr sie dich")
MEANS = _of(
    """mean means meaning meant define definition defined stands stand
    bedeutet bedeuten bedeutung heißt heisst gemeint"""
)
TERMS = _of(
    """term word abbreviation expression table column field value name called
    wort begriff abkürzung ausdruck tabelle spalte feld wert named"""
)
STATES = _of("fresh current recent old outdated stale uptodate aktuell alt veraltet frisch")
DEEDS = _of(
    """updated refreshed loaded ingested changed indexed imported synced added read
    aktualisiert geladen eingelesen geändert importiert indexiert"""
)
SPAN = _of(
    """since far back until period range span reach reaches start starts begin begins end ends cover
    covers covered go goes date dates time from seit weit zurück bis zeitraum reichen reicht"""
)
HOW_FAR = (
    "how far back", "since when", "up to when", "von wann", "from when", "until when", "seit wann", "bis wann",
    "wie weit zurück",
)  # fmt: skip
PERIODS = _of("period zeitraum")
DATED = _of("date dates time data daten")
GOES = _of("go goes reach reaches cover covers start starts begin begins end ends")
SEARCHED = _of(
    "ingested indexed uploaded loaded searchable search searched imported eingelesen durchsuchen"
)
SHOWS = _of("show list give print display zeig zeige liste gib nenne nenn")
ASKING = _of("what which how where was welche wo woher wie")
LEADING = _of("about on regarding concerning über zu zum zur")
FRAME = _of(
    """what which how many much is are was were do does did there here have has had you your we our
    us i me my can could may might please show list give tell name names display print see look use
    using access know the a an any all some every each of in on from for to with by about at this
    that these those it its them they exist exists existing available connected stored kept contain
    contains hold holds inside behind got kind kinds type types sort sorts currently now right
    overview read when whats s hey hello hi system able possible am should suggest
    welche welcher welches welchen was wie viele gibt es sind ist hast habt haben hat du ihr sie
    kannst können könnt kann ich wir man mir uns der die das den dem des ein eine einen hier bitte
    zeig zeige zeigen liste nenne nenn gib alle auf an im zu zum zur über von mit wann und welchem
    verfügbar vorhanden verbunden angeschlossen gespeichert deine eure ihre davon darin steht stehen wurde wurden worden
    mean meant and or query into big large where come comes else anything something wo woher kommen
    wobei womit dabei auf up just only title titles titel"""
)
"""Words that only frame a question."""

_TOKEN = re.compile(r"[\"“”„«»]([^\"“”„«»]+)[\"“”„«»]|([^\W_]+(?:_\w+)*)")
_JOINED = (
    (re.compile(r"\bup[ -]to[ -]date\b", re.I), "uptodate"),
    (re.compile(r"\b(what|who|which|here|there)['\u2019]s\b", re.I), r"\1 is"),
    (re.compile(r"\bwie geht\b", re.I), "wie ist"),
)


@dataclass(frozen=True, slots=True)
class AskedWord:
    """A word in lower case, or a quotation, with what was written."""

    text: str
    lower: str
    is_quoted: bool = False


def asked_words(question: str) -> list[AskedWord]:
    """The words of a question; a quotation is one."""
    for pattern, plain in _JOINED:
        question = pattern.sub(plain, question)
    return [
        AskedWord(found[1] or found[2], (found[1] or found[2]).lower(), bool(found[1]))
        for found in _TOKEN.finditer(question)
    ]
