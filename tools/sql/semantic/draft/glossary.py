"""Words of business databases, in English and German, with how people shorten them."""

from dataclasses import dataclass

_ENTRIES = """
customer; Kunde Kunden; kd knd cust cst
order; Auftrag Aufträge; auft auftr ord
order; Bestellung Bestellungen; best bst
article; Artikel; art itm~item
product; Produkt Produkte; prod prd
product group; Warengruppe Warengruppen; wgrp wgr
supplier; Lieferant Lieferanten; lief lf lft lfr supp vend~vendor
delivery; Lieferung Lieferungen; dlv dlvr deliv
shipping; Versand; vers ship
shipment; Sendung Sendungen; shp shpm shpt
invoice; Rechnung Rechnungen; rg re rech rchg inv
payment; Zahlung Zahlungen; zahl zlg pay pmt
position; Position Positionen; pos
line;; ln lin
header; Kopf; hdr hd
master; Stamm; mst mstr
detail; Detail Details; dtl det
number; Nummer; nr no num nbr
id;;
code; Code Schlüssel; cd schl
key;;
name; Name Namen Bezeichnung; nm nam bez bezeich
description; Beschreibung; dsc desc descr beschr
text; Text; txt
title; Titel; ttl tit
date; Datum; dt dat dte
time; Zeit; tm zt uhrz
year; Jahr Jahre; yr jr
month; Monat Monate; mth
day; Tag Tage;
price; Preis Preise; pr prc prs
unit price; Einzelpreis; ep
total price; Gesamtpreis; gp
selling; Verkauf; vk
purchase; Einkauf; ek
unit; Einheit Einheiten; unt einh
quantity; Menge Mengen Anzahl; qty mng qnt anz
amount; Betrag Beträge; amt btr betr
total; Gesamt; tot ges gesamtbetrag
sum; Summe Summen;
discount; Rabatt Rabatte; disc rab
tax; Steuer Steuern; mwst ust vat
net; Netto; nto
gross; Brutto; bto
revenue; Umsatz Umsätze; ums rev
cost; Kosten; kst cst
margin; Marge; db
city; Ort Stadt Orte; cty
country; Land Länder; ld lnd ctry cntry
postal code; Postleitzahl; plz zip
street; Straße Strasse; str
state;; sta
region; Gebiet Region; geb~region reg
address; Adresse Anschrift; adr addr
phone; Telefon; tel fon ph
email; Mail; eml
employee; Mitarbeiter; ma mitarb emp empl angest
person; Person Personen; pers
first name; Vorname; vn vname vorn fn fname
last name; Nachname; nn nname nachn lname sname
first;; fst frst
last; Letzter; lst
department; Abteilung Abteilungen; abt dept dpt
salary; Gehalt; geh sal
hire; Eintritt; eintr
exit; Austritt; austr
birth; Geburt; gebdat~birth_date
status; Status; stat sts
type; Typ Typen; typ tp
kind; Art Arten;
group; Gruppe Gruppen; grp gr
category; Kategorie Kategorien; kat cat ctg
segment; Segment Segmente; seg
class; Klasse Klassen; kl cls
stock; Bestand Bestände; bestd stck
warehouse; Lager; whs wh lag lgr
location; Standort Standorte; loc sto
capacity; Kapazität; cap kap
manager; Leiter; mgr
representative; Vertreter; vtr rep
weight; Gewicht; wgt wt gew
length; Länge; len
size; Größe; sz gr~size
destination; Ziel Ziele; dest
origin; Herkunft; orig
freight; Fracht; frt
carrier; Spedition Speditionen; carr spd
hazardous; Gefahrgut; haz
flag; Kennzeichen; flg kz
active; Aktiv; akt act
created; Angelegt; crt anl erst
changed; Geändert; chg aend upd
valid; Gültig; gueltig gilt
credit; Kredit; cr
limit; Limit; lim lmt
company; Firma Firmen; fa co
account; Konto Konten; kto acct acc
balance; Saldo;
bank; Bank Banken;
currency; Währung; whg cur curr
project; Projekt Projekte; proj prj
contract; Vertrag Verträge; vertr ctr contr
branch; Filiale Filialen; fil brn
store; Geschäft Laden;
note; Bemerkung; bem
comment; Kommentar; komm cmt
count;; cnt
percent; Prozent; pct proz
rate; Satz; rt
hours; Stunden; std hrs
minutes; Minuten; min
start; Beginn; beg strt
end; Ende;
due; Fällig; faell
paid; Bezahlt; bez~paid
open; Offen;
user; Benutzer; usr ben
patient; Patient Patienten; pat
doctor; Arzt Ärzte; doc dr
treatment; Behandlung Behandlungen; beh trt
visit; Besuch Besuche; vis
appointment; Termin Termine; appt term
diagnosis; Diagnose Diagnosen; diag
insurance; Versicherung Krankenkasse; ins
room; Raum Zimmer; rm zi
machine; Maschine Maschinen; masch mach
plant; Werk Werke; plt
shift; Schicht Schichten; shf
vehicle; Fahrzeug Fahrzeuge; fzg veh kfz
driver; Fahrer; drv
trip; Fahrt Fahrten; trp
distance; Strecke; dist
meter; Zähler; zhl mtr
consumption; Verbrauch; verbr cons
tariff; Tarif Tarife; trf
reading; Ablesung Ablesungen; rdg
student; Student Studenten; stud stu
course; Kurs Kurse; crs krs
teacher; Lehrer; tch
grade; Note Noten; grd
member; Mitglied Mitglieder; mbr mgl mitgl
ticket; Ticket Tickets; tkt tck
message; Nachricht Nachrichten; msg
priority; Priorität; prio
language; Sprache Sprachen; lang spr
gender; Geschlecht; gesch sex
age; Alter;
part; Teil Teile; tl prt
component; Bauteil Bauteile; comp
manufacturer; Hersteller; herst mfr manuf
model; Modell Modelle; mod mdl
year built; Baujahr; bj
mechanic; Mechaniker; mech
technician; Techniker; tech
labour; Lohn Löhne; lhn
wage; Stundenlohn;
mileage; Kilometerstand; kmst
plate; Kennzeichen Nummernschild; kennz kfzkz
usage; Verwendung; verw
since; Seit;
from; Von;
until; Bis;
serial; Seriennummer; ser
colour; Farbe Farben; farb
volume; Volumen; vol
height; Höhe; hgt hoehe
width; Breite; wdt
temperature; Temperatur; temp
speed; Geschwindigkeit; geschw
device; Gerät Geräte; dev
sensor; Sensor Sensoren; sens
site; Standort;
building; Gebäude; gebd bldg
floor; Etage Stockwerk; flr
guest; Gast Gäste; gst
booking; Buchung Buchungen; buch bkg
reservation; Reservierung Reservierungen; res
night; Nacht Nächte; ncht
subscription; Abonnement Abo; abo subs
claim; Schaden Schäden; schad clm
policy; Police Policen; plc
premium; Prämie Beitrag; praem
loan; Darlehen Kredit; darl
interest; Zins Zinsen; zns int
complaint; Reklamation Reklamationen; rekl
return; Retoure Rückgabe; ret
reason; Grund Gründe; grd~reason rsn
team; Team Teams;
task; Aufgabe Aufgaben; aufg tsk
cancelled; Storniert; storno stor canc
"""
_COMPOUNDS = {
    ("supplier", "date"): "delivery date",
    ("supplier", "address"): "delivery address",
    ("order", "date"): "order date",
    ("hire", "date"): "hire date",
    ("line", "number"): "line number",
    ("country", "code"): "country code",
    ("hazardous", "flag"): "hazardous",
    ("active", "flag"): "active",
    ("e", "price"): "unit price",
}
"""What two words together are called, where it is not the one and the other."""
PEOPLE = frozenset({"employee", "person", "user", "member"})
ROLES = frozenset(
    {"manager", "driver", "representative", "doctor", "teacher", "created", "changed"}
)
"""Parts that people play: the key of a row of people may be called by one."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word of business: in English, and the German ones, the first of them its singular."""

    english: str
    german: tuple[str, ...] = ()


def _read() -> tuple[dict[str, Term], frozenset[str]]:
    found: dict[str, Term] = {}
    german: set[str] = set()
    for line in filter(None, _ENTRIES.splitlines()):
        english, words, shorts = (part.strip() for part in (*line.split(";"), "")[:3])
        term = Term(english, tuple(words.split()))
        named = [folded(word) for word in term.german]
        german.update(named)
        for short in (english, *named, *shorts.split()):
            word, _, own = short.partition("~")
            found.setdefault(word, Term(own.replace("_", " ")) if own else term)
    return found, frozenset(german)


def folded(word: str) -> str:
    """A word in lower case, its umlauts written out."""
    return word.lower().translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}))


TERMS, GERMAN = _read()


def together(words: tuple[str, ...]) -> str:
    """Words of a name as people say them."""
    said = list(words)
    for at in range(len(said) - 1):
        if (whole := _COMPOUNDS.get((said[at], said[at + 1]))) is not None:
            return " ".join([*said[:at], whole, *said[at + 2 :]])
    return " ".join(said)
