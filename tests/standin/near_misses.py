"""Questions that are nearly a verified one and mean something else, made by changing one thing."""

from collections.abc import Iterator

SAID = (
    "What was the revenue of {category} in {year}?",
    "How many customers are there in {city}?",
    "Revenue per city in {month}",
    "Which are the top {few} customers by revenue in {year}?",
    "Which parts have a stock of less than {stock}?",
    "What is the average price of {category} parts?",
    "How many {status} orders were there in {year}?",
    "Whom does {agent} manage?",
    "How many parts were moved from {city} to {other}?",
    "Which {segment} are in {city}?",
    "How many units of {colour} parts were sold in {year}?",
    "Which customers have no orders in {year}?",
)
VALUES = {
    "category": "Storage", "year": "2023", "city": "Narvik", "month": "May 2023", "few": "7",
    "stock": "45", "status": "paid", "agent": "Bob", "other": "Oslo", "segment": "wholesalers",
    "colour": "Red",
}  # fmt: skip
SWAPS = {
    "revenue": ("profit", "cost", "margin", "discount", "quantity"),
    "customers": ("agents", "suppliers", "employees"),
    "parts": ("orders", "machines", "suppliers"),
    "orders": ("transfers", "returns", "invoices"),
    "average": ("highest", "lowest", "total", "median"),
    "top": ("bottom", "worst", "last"),
    "less": ("more", "exactly less"),
    "city": ("customer", "segment", "month", "agent"),
    "price": ("weight", "stock", "cost"),
    "stock": ("price", "weight"),
    "moved": ("sold", "returned", "shipped back"),
    "sold": ("returned", "in stock", "bought back", "moved"),
    "manage": ("report to", "manage not", "replace"),
    "no": ("cancelled", "only", "many", "two"),
    "units": ("kinds", "orders", "customers"),
    "many": ("few", "much", "often"),
    "Which": ("How many", "How long", "Where"),
    "What": ("When",),
    "in": ("outside", "not in", "before", "after", "since", "except in", "until", "without"),
    "of": ("except", "without", "not of", "or"),
    "from": ("near", "not from", "via"),
    "per": ("except per", "per customer and"),
    "Whom": ("How often",),
}
ADDED = (
    "in Berlin", "for retailers", "per month", "by colour", "except Memory", "without discounts",
    "and profit", "or 2022", "that were cancelled", "before May", "over 100", "last year",
    "on average", "compared with 2022", "excluding returns", "in euros for Norway", "each quarter",
    "only on Mondays",
)  # fmt: skip


def near_misses() -> Iterator[str]:
    """Each says one thing otherwise: another word, one more condition, or whether at all."""
    for frame in SAID:
        said = frame.format(**VALUES)
        yield from (f"{said.rstrip('?')} {more}?" for more in ADDED)
        for word, others in SWAPS.items():
            words = said.rstrip("?").split()
            if word in words:
                at = words.index(word)
                yield from (
                    f"{' '.join([*words[:at], other, *words[at + 1 :]])}?" for other in others
                )
    yield from (
        "Did Storage have revenue in 2023?", "Is the revenue of Storage in 2023 high?",
        "Revenue of Rotor 0 in 2023", "Revenue of Oslo in 2023", "Revenue of Amber in 2023",
        "Revenue of Ann in 2023", "Revenue of Storage", "Revenue in 2023", "Revenue of Fabrics in 2023",
        "What was the revenue of Storage in May 2023?", "What was the revenue of Storage in 20233?",
        "What was the revenue of Storage in Q2 2023?", "Who manages Bob?", "Does Bob manage Ann?",
        "How many customers are there in Hamburg?", "How many customers are there in Norway?",
        "Revenue per city in 2023", "Which parts have a stock of less than nothing?",
        "How many parts were moved to Narvik from there to Oslo?",
        "How many parts were moved from Narvik to Hamburg?",
        "Which are the top customers by revenue in 2023?", "Which are the top -3 customers by revenue in 2023?",
        "Which are the top 2.5 customers by revenue in 2023?",
        "How many returned orders were there in 2023?", "How many orders were there in 2023?",
        "Which orders have no customers in 2023?", "Which customers are in wholesalers?",
        "How many units of red and blue parts were sold in 2023?",
        "How many units of Red parts were sold in 2023 and 2024?",
        "Wie viele Kunden gibt es nicht in Narvik?", "Wie viele Kunden gibt es in Narvik pro Segment?",
        "Umsatz ohne Storage in 2023", "Durchschnittlicher Umsatz von Storage in 2023",
        "Wie viele Kunden gibt es außer in Narvik?", "Umsatz von Storage seit 2023",
    )  # fmt: skip
