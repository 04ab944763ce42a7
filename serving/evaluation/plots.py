"""The plots of a report, as Plotly's figures in JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.confidence import AnswerConfidence
from agent.evaluation.calibration import (
    Weighed,
    brier,
    point_at,
    reliability,
    risk_curve,
)
from serving.evaluation.verdict import VERDICTS, Summary

Figure = dict[str, Any]
_COLORS = ("#2e7d32", "#9ccc65", "#c62828", "#ef9a9a", "#9e9e9e", "#ffb300", "#424242")
_RISKS = (0.05, 0.1, 0.2)
"""Places of the risk dial that are marked."""


_LABEL = 28
"""Characters of a label: a longer one would leave no room for the bars."""


def verdict_bars(lines: Mapping[str, Summary]) -> Figure:
    """How the answers fell, a bar for each group."""
    names = list(lines)
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": verdict,
            "y": names,
            "x": [one.counts.get(verdict, 0) for one in lines.values()],
            "marker": {"color": color},
        }
        for verdict, color in zip(VERDICTS, _COLORS, strict=True)
        if any(one.counts.get(verdict) for one in lines.values())
    ]
    height = 170 + 28 * len(names)
    layout = _layout("Verdicts by kind of question", x="questions", y="")
    layout |= {"barmode": "stack", "height": height}
    short = [name if len(name) <= _LABEL else f"{name[: _LABEL - 1]}…" for name in names]
    labels = {"tickmode": "array", "tickvals": names, "ticktext": short}
    layout["yaxis"] |= {"autorange": "reversed", "automargin": True, **labels}
    return {"data": bars, "layout": layout}


def risk_and_coverage(answers: Sequence[Weighed]) -> Figure:
    """Wrong answers against answers given, with the places of the risk dial."""
    curve, fitted = risk_curve(answers), AnswerConfidence.fitted()
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "by confidence",
        "x": [point.coverage for point in curve],
        "y": [point.risk for point in curve],
        "text": [f"confidence {point.confidence:.2f}" for point in curve],
    }
    dial = [(risk, point_at(curve, fitted.bar(risk))) for risk in _RISKS]
    marks = {
        "type": "scatter",
        "mode": "markers+text",
        "name": "DOCSQL_ANSWERS__RISK",
        "x": [point.coverage for _, point in dial],
        "y": [point.risk for _, point in dial],
        "text": [f"{risk:g}" for risk, _ in dial],
        "textposition": "top center",
        "cliponaxis": False,
        "marker": {"size": 11, "symbol": "diamond", "color": "#c62828"},
    }
    layout = _layout("Risk and coverage", x="answers given", y="wrong of these")
    layout["xaxis"] |= {"tickformat": ".0%", "range": [-0.03, 1.05]}
    layout["yaxis"] |= {"tickformat": ".0%", "rangemode": "tozero"}
    return {"data": [line, marks], "layout": layout}


def reliability_diagram(answers: Sequence[Weighed]) -> Figure:
    """How many answers of a confidence are right."""
    bins = reliability(answers)
    held = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "answers",
        "x": [one.confidence for one in bins],
        "y": [one.right for one in bins],
        "text": [f"{one.answers} answers" for one in bins],
        "marker": {"size": [8 + 2 * min(one.answers, 12) for one in bins]},
    }
    ideal = {
        "type": "scatter",
        "mode": "lines",
        "name": "as foretold",
        "x": [0, 1],
        "y": [0, 1],
        "line": {"dash": "dot", "color": "#9e9e9e"},
    }
    title = f"Reliability (Brier score {brier(answers):.3f})"
    return {"data": [held, ideal], "layout": _layout(title, x="confidence", y="right")}


def _layout(title: str, *, x: str, y: str) -> Figure:
    return {
        "title": {"text": title},
        "height": 420,
        "margin": {"l": 70, "r": 20, "t": 50, "b": 100},
        "legend": {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom"},
        "xaxis": {"title": {"text": x}},
        "yaxis": {"title": {"text": y}},
        "font": {"family": "system-ui, sans-serif"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
