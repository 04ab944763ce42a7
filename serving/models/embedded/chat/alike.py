"""Words of general English that say nearly the same, by their stems."""

ALIKE = (
    "answer respond respons repli react",
    "cost price fee charg",
    "approv authoris permit allow sign",
    "last run hold endur",
    "buy bought purchas order",
    "employe staff worker colleagu",
    "holiday leav vacat",
    "return send back",
    "store keep kept hold held",
    "begin start",
    "end stop finish expir",
    "minimum least",
    "maximum most",
    "spend allow cost",
    "tell told inform notifi announc",
    "increas higher rais",
)
AKIN = {
    stem: frozenset(" ".join(g for g in ALIKE if stem in g.split()).split()) - {stem}
    for group in ALIKE
    for stem in group.split()
}
"""The others of each stem's groups."""
