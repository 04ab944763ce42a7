"""The page of figures: what became of the questions, with and without a language model."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval_cases import Outcome

from serving.evaluation.verdict import RIGHT, VERDICTS


@dataclass(frozen=True, slots=True)
class Asked:
    """A set of questions as one model answered it."""

    model: str
    outcomes: Sequence[Outcome]


@dataclass(frozen=True, slots=True)
class Set:
    """A set of questions; `says` is what it is, `command` how it was asked."""

    title: str
    says: str
    by_model: Sequence[Asked]


def page(opening: str, sets: Sequence[Set], more: str) -> str:
    """The whole page; `more` is put at its end."""
    parts = ["# Quality", opening, *(_set(one) for one in sets), more]
    return "\n\n".join(filter(None, parts)) + "\n"


def _set(one: Set) -> str:
    head = [
        "questions",
        "model",
        "asked",
        *VERDICTS,
        "sent right",
        "cited",
        "confirmed",
        "right of these",
        "tokens sent",
    ]
    rule = ["---", "---", *["---:"] * (len(head) - 2)]
    lines = [_row(head), _row(rule)]
    for group in _groups(one.by_model):
        lines += [_row(_cells(group, asked)) for asked in one.by_model if _of(asked, group)]
    return "\n".join([f"## {one.title}", "", one.says, "", *lines])


def _groups(asked: Sequence[Asked]) -> list[str]:
    named = list(dict.fromkeys(one.group for each in asked for one in each.outcomes))
    return [*named, ALL] if len(named) > 1 else named


ALL = "all"


def _of(asked: Asked, group: str) -> list[Outcome]:
    return [one for one in asked.outcomes if group in {one.group, ALL}]


def _cells(group: str, asked: Asked) -> list[str]:
    found = _of(asked, group)
    counts = Counter(one.verdict for one in found)
    answered = [one for one in found if one.status in {"answered", "unverified"} and one.sql]
    return [
        group,
        asked.model,
        str(len(found)),
        *(str(counts[verdict] or "") for verdict in VERDICTS),
        _share([one.is_routed for one in found if one.is_routed is not None]),
        _share([one.is_cited for one in answered]),
        _share([one.confirmed for one in answered if one.confirmed is not None]),
        _share([one.verdict in RIGHT for one in answered if one.confirmed]),
        f"{_mean([one.input_tokens for one in found]):,.0f}",
    ]


def _share(claims: Sequence[bool]) -> str:
    return f"{sum(claims) / len(claims):.2f}" if claims else ""


def _mean(numbers: Sequence[int]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def summary(outcomes: Mapping[str, Outcome]) -> str:
    """One line of how many fell how."""
    counts = Counter(one.verdict for one in outcomes.values())
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
