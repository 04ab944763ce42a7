"""A run as one self-contained page: no other file, no other host."""

import json
import re
from collections.abc import Iterator, Sequence
from html import escape

from plotly.offline import get_plotlyjs

from serving.evaluation.compare import Comparison
from serving.evaluation.confidences import weighed
from serving.evaluation.folder import OURS, Run
from serving.evaluation.lines import COMPARED, compared_lines, judge_line, summary_lines
from serving.evaluation.page_cases import as_html
from serving.evaluation.plots import Figure, reliability_diagram, risk_and_coverage, verdict_bars
from serving.evaluation.sorting import Breakdown, breakdowns, worst_first
from serving.evaluation.verdict import Scored, Summary, summarise

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
)
"""No page may take anything from anywhere with this."""
_UNSHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_STYLE = """
:root{color-scheme:light dark;--text:#212121;--back:#fff;--soft:#f5f5f5;--line:#e0e0e0}
@media (prefers-color-scheme:dark){:root{--text:#e0e0e0;--back:#1b1b1b;--soft:#2b2b2b;--line:#444}}
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;
color:var(--text);background:var(--back);overflow-wrap:break-word}
table{border-collapse:collapse;margin:.5rem 0}th,td{padding:.2rem .7rem;text-align:left;
vertical-align:top;border-bottom:1px solid var(--line)}td.n,th.n{text-align:right}pre{white-space:pre-wrap;
background:var(--soft);padding:.5rem;margin:.2rem 0}h4{margin:.6rem 0 .1rem}
.wide,.case>div{overflow-x:auto}.case{border:1px solid var(--line);border-radius:4px;
margin:.3rem 0;padding:.3rem .6rem}summary{cursor:pointer}
.verdict{display:inline-block;min-width:6rem;padding:0 .4rem;border-radius:3px;color:#fff;
background:#616161}.verdict.right{background:#2e7d32}.verdict.wrong,.verdict.unverified{background:#b71c1c}
.tiles{display:flex;flex-wrap:wrap;gap:1rem}.tile{background:var(--soft);border-radius:4px;
padding:.5rem 1rem}.tile b{display:block;font-size:1.5rem}
"""


def as_page(
    run: Run, scored: Sequence[Scored], *, penalty: float, against: Comparison | None = None
) -> str:
    """The whole page; with `against`, what differs from an earlier run comes first."""
    figures = list(_figures(scored, penalty))
    body = [
        f"<h1>{escape(run.described.set)}</h1>{_origin(run)}",
        f"<p>{escape(judge_line(run, scored))}</p>",
        _tiles(summarise(scored, penalty=penalty)),
        _compared(against) if against else "",
        *(f'<div id="plot{n}"></div>' for n in range(len(figures))),
        *(_breakdown(one) for one in breakdowns(scored, penalty=penalty)),
        "<h2>Cases, the worst first</h2>",
        *(as_html(one, run.expected.get(one.case.id)) for one in worst_first(scored)),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>Evaluation of {_shown(escape(run.described.set))}</title><style>{_STYLE}</style>"
        f"<script>{get_plotlyjs()}</script></head><body>{_shown(''.join(body))}"
        f"<script>{_drawing(figures)}</script></body></html>\n"
    )


def _shown(text: str) -> str:
    """Without characters that turn the direction of what follows, or that HTML cannot hold."""
    return _UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", text)


def _figures(scored: Sequence[Scored], penalty: float) -> Iterator[Figure]:
    yield verdict_bars(breakdowns(scored, penalty=penalty)[0].lines)
    answers = weighed(scored)
    if answers:
        yield risk_and_coverage(answers)
        yield reliability_diagram(answers)


def _drawing(figures: Sequence[Figure]) -> str:
    """The calls that draw, in the page's colors; no text in them can end the script."""
    told = json.dumps(figures, ensure_ascii=False).replace("<", "\\u003c")
    return (
        "const of=n=>getComputedStyle(document.documentElement).getPropertyValue(n);"
        "const draw=()=>"
        f"({_shown(told)}).forEach((f,n)=>{{Object.assign(f.layout.font,{{color:of('--text')}});"
        "for(const a of ['xaxis','yaxis'])Object.assign(f.layout[a],{gridcolor:of('--line'),"
        "zerolinecolor:of('--line')});Plotly.newPlot('plot'+n,f.data,f.layout,"
        "{displaylogo:false,responsive:true})});draw();"
        "matchMedia('(prefers-color-scheme:dark)').addEventListener('change',draw);"
    )


def _origin(run: Run) -> str:
    told = run.described.identity
    models = ", ".join(f"{part}: {name}" for part, name in told.get("models", {}).items())
    lines = [
        f"Begun {run.described.started_at}, asked {told.get('asked', '')}, DocSQL "
        f"{told.get('versions', {}).get('docsql', '')}.",
        f"Answered by the baseline {run.described.agent}." if run.described.agent != OURS else "",
        f"Models: {models}." if models else "",
        f"{len(run.left)} questions have no answer yet." if run.left else "",
    ]
    return "".join(f"<p>{escape(line)}</p>" for line in lines if line)


def _tiles(whole: Summary) -> str:
    half, most = whole.seconds
    tiles = {
        "questions": str(whole.questions),
        "right": f"{whole.right:.1%}",
        "wrong": f"{whole.wrong:.1%}",
        "points": f"{whole.points:+.2f}",
        "seconds, p50 / p95": f"{half:.2f} / {most:.2f}",
        "model calls a question": f"{whole.calls:.1f}",
        "tokens a question": f"{whole.tokens:,.0f}",
    } | {name: f"{value:.2f}" for name, value in whole.scores.items()}
    told = "".join(f'<div class="tile"><b>{v}</b>{escape(k)}</div>' for k, v in tiles.items())
    return f'<div class="tiles">{told}</div>'


def _breakdown(one: Breakdown) -> str:
    head, lines = summary_lines(one.by, one.lines)
    seconds = (f"{summary.seconds[0]:.2f}" for summary in one.lines.values())
    rows = [[*line, half] for line, half in zip(lines, seconds, strict=True)]
    return f"<h2>By {escape(one.by)}</h2>{_table([*head, 'seconds p50'], rows)}"


def _compared(found: Comparison) -> str:
    flipped = [
        [f"{a.verdict} → {b.verdict}", b.case.id, b.case.question, _said(a), _said(b)]
        for a, b in found.flipped
    ]
    table = _table(COMPARED, compared_lines(found))
    sides = ["", "id", "question", "before", "after"]
    told = f"<h3>Flipped</h3>{_table(sides, flipped, plain=True)}" if flipped else ""
    return f"<h2>Against {escape(found.before.name)}</h2>{table}{told}"


def _said(one: Scored) -> str:
    return one.record.answer.answer if one.record.answer else one.record.error


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, plain: bool = False) -> str:
    marks = ["" if plain or at == 0 else ' class="n"' for at in range(len(head))]
    titles = "".join(f"<th{m}>{escape(h)}</th>" for m, h in zip(marks, head, strict=True))
    body = "".join(
        "<tr>"
        + "".join(f"<td{m}>{escape(c)}</td>" for m, c in zip(marks, row, strict=True))
        + "</tr>"
        for row in rows
    )
    table = f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="wide">{table}</div>'
