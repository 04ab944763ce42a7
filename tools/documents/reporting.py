"""What financial reports call the things that people ask for by other names."""

import re

_CALLED = (
    (r"PP&?N?E|PPNE", "property plant and equipment net"),
    (r"capex|capital expenditures?", "purchases of property plant and equipment"),
    (r"COGS", "cost of sales cost of goods sold"),
    (r"P&L|(?:income|profit and loss) statement", "statement of income operations earnings"),
    (r"statement of financial position", "balance sheet"),
    (r"balance sheet|statement of financial position", "total assets total liabilities"),
    (
        r"cash flow statement|statement of cash flows|free cash flow|FCF",
        "cash flows operating activities investing activities",
    ),
    (r"GuV", "Gewinn- und Verlustrechnung"),
    (r"Bilanz", "Aktiva Passiva Bilanzsumme"),
)
_PATTERNS = [(re.compile(rf"(?<!\w)(?:{said})(?!\w)", re.I), words) for said, words in _CALLED]


def as_reports_say(question: str) -> str:
    """A question with the words that reports have for what it names, for a search by words.

    "Capex" is no word of a cash flow statement, which has "purchases of property, plant and
    equipment"; and a balance sheet that fills pages says that it is one only on the first of them.
    """
    told = [words for said, words in _PATTERNS if said.search(question)]
    return " ".join([question, *told])
