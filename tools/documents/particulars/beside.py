"""What a document says of itself beside its title."""


def told_beside(title: str, *told: str) -> str:
    """Company, period and kind in one line, each unless it is empty or the title says it."""
    known = title.casefold()
    return ", ".join(each for each in told if each and each.casefold() not in known)
