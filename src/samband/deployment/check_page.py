"""A check as one page of HTML: nothing outside it is needed, it prints, and it can be sent to a colleague."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from samband.deployment.check_text import some
from samband.deployment.findings import Finding, Weight
from samband.deployment.measured import MEASURED, Cell, Measured, Outcome, Report

_STYLE = """
:root{--ink:#1d2733;--soft:#5b6875;--line:#dfe4ea;--good:#1a7f4b;--bad:#b3261e;--warn:#9a6700;--note:#3b5f8a}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;color:var(--ink);background:#f4f6f8;
margin:0;padding:2rem 1rem}
main{max-width:68rem;margin:auto;background:#fff;border:1px solid var(--line);border-radius:10px;padding:2rem 2.4rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2.2rem 0 .7rem}
p.about{color:var(--soft);margin:.2rem 0 0}
table{border-collapse:collapse;width:100%}
th,td{border:1px solid var(--line);padding:.5rem .6rem;text-align:left;vertical-align:top}
thead th{background:#f4f6f8;font-weight:600}
td.good,.good{color:var(--good)}td.bad,.bad{color:var(--bad)}td.unknown{color:var(--soft)}
td.good,td.bad{font-weight:600}
table.people th,table.people td{font-size:.82rem;padding:.3rem .45rem}
table.people tbody td{text-align:center}
table.people thead th{vertical-align:bottom}
table.seen th,table.seen td{font-size:.85rem;font-weight:400;overflow-wrap:anywhere}
table.seen th{width:50%}
article{border:1px solid var(--line);border-left:5px solid var(--bad);border-radius:6px;padding:.7rem 1rem;
margin:.7rem 0;break-inside:avoid}
article.warning{border-left-color:var(--warn)}article.note{border-left-color:var(--note)}
article h3{font-size:1rem;margin:0;display:flex;gap:.6rem;align-items:baseline;flex-wrap:wrap}
article h3 span{font-size:.72rem;font-weight:600;text-transform:uppercase;letter-spacing:.04em;color:var(--bad)}
article.warning h3 span{color:var(--warn)}article.note h3 span{color:var(--note)}
article h3 small{color:var(--soft);font-weight:400}
dl{display:grid;grid-template-columns:6.5rem 1fr;gap:.15rem .8rem;margin:.4rem 0 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
@media print{body{background:#fff;padding:0;font-size:12px}main{border:0;padding:0;max-width:none}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""


def report_page(report: Report) -> str:
    """The whole page."""
    looked = len(report.people)
    who = f"{looked} of {report.of} people" if looked < report.of else f"{looked} people"
    about = f"Tried live as {who} on {report.when}, in {report.seconds} seconds."
    body = (
        f"<h1>{_told(report.site)}</h1><p class='about'>{_told(about)}</p>"
        f"<h2>Lync and Exchange integration, as measured</h2>{_matrix(report.row, report.cells)}"
        f"<h2>Findings</h2>{findings_html(report.findings)}"
        f"<h2>People</h2>{_people(report.people)}"
    )
    return page(f"Check of {report.site}", body)


def page(title: str, body: str) -> str:
    """A page in the house's style, around ``body``."""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{_told(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main>{body}</main></body></html>\n"
    )


def findings_html(findings: Sequence[Finding]) -> str:
    """Each finding as a box of its own."""
    if not findings:
        return "<p class='good'>Nothing found.</p>"
    return "".join(_finding(one) for one in findings)


def _finding(finding: Finding) -> str:
    article = f"KB {finding.article}" if finding.article else ""
    step = f"step {finding.step}" if finding.step else ""
    aside = ", ".join(one for one in (article, step) if one)
    rows = [
        ("Symptom", finding.symptom),
        ("Cause", finding.cause),
        ("Remedy", finding.remedy),
        ("Concerns", some(finding.who) if finding.who else "everybody"),
    ]
    told = "".join(f"<dt>{name}</dt><dd>{_told(text)}</dd>" for name, text in rows)
    weight = "" if finding.weight is Weight.FAULT else finding.weight.value
    return (
        f"<article class='{weight}'><h3><span>{finding.weight.value}</span>{_told(finding.name)}"
        f"<small>{_told(aside)}</small></h3><dl>{told}</dl></article>"
    )


def _matrix(row: str, cells: Iterable[Cell]) -> str:
    cells = list(cells)
    heads = "".join(f"<th>{_told(cell.column)}</th>" for cell in cells)
    values = "".join(f"<td class='{_class(cell)}'>{_told(cell.verdict)}</td>" for cell in cells)
    return (
        f"<table><thead><tr><th>Deployment</th>{heads}</tr></thead>"
        f"<tbody><tr><th>{_told(row)}</th>{values}</tr></tbody></table>"
    )


def _class(cell: Cell) -> str:
    if cell.supported:
        return "good"
    return "bad" if cell.tried else "unknown"


def _people(people: Mapping[str, Sequence[Measured]]) -> str:
    heads = "".join(f"<th>{_told(feature)}</th>" for feature in MEASURED)
    rows = "".join(f"<tr><th>{_told(person)}</th>{_row(found)}</tr>" for person, found in people.items())
    return f"<table class='people'><thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _row(found: Sequence[Measured]) -> str:
    by_feature = {one.feature: one for one in found}
    return "".join(_mark(by_feature.get(feature)) for feature in MEASURED)


def _mark(one: Measured | None) -> str:
    if one is None:
        return "<td class='unknown' title='not meant to have it'>&middot;</td>"
    title = escape(one.why or one.note or f"{one.milliseconds} ms", quote=True)
    if one.outcome is Outcome.NOT_TRIED:
        return f"<td class='unknown' title='{title}'>?</td>"
    works = one.outcome is Outcome.WORKS
    return f"<td class='{'good' if works else 'bad'}' title='{title}'>{'&#10003;' if works else '&#10007;'}</td>"


def _told(text: str) -> str:
    return escape(text, quote=False)
