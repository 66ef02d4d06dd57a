"""A check for a terminal: the row of the article's table, what fails for whom, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from samband.deployment.findings import Finding, Weight, finding_text
from samband.deployment.measured import MEASURED, Measured, Outcome, Report

_MOST = 5


def report_text(report: Report) -> str:
    """Lines of at most a terminal's width, without colour."""
    looked = len(report.people)
    who = f"{looked} of {report.of} people" if looked < report.of else f"{looked} people"
    lines = [f"{report.site}: {report.row}, tried as {who} in {report.seconds} s", ""]
    lines += [f"  {cell.column:26} {cell.verdict}" for cell in report.cells]
    lines += ["", "Features"]
    lines += feature_lines(report.people)
    lines += findings_lines(report.findings)
    return "\n".join(lines)


def findings_lines(findings: Sequence[Finding]) -> list[str]:
    """The findings, and how many of each weight at the end."""
    lines = [f"\n{finding_text(shortened(finding))}" for finding in findings]
    counts = [(weight, sum(one.weight is weight for one in findings)) for weight in Weight]
    told = ", ".join(f"{count} {weight}{'' if count == 1 else 's'}" for weight, count in counts if count)
    return [*lines, "", told or "nothing found"]


def feature_lines(people: Mapping[str, Sequence[Measured]]) -> list[str]:
    """A line a feature: for how many it works, and who lacks it and why."""
    lines = []
    for feature in MEASURED:
        found = [one for measured in people.values() for one in measured if one.feature == feature]
        if found:
            lines.append(f"  {feature:26} {_counted(found)}")
            lines += [f"    {line}" for line in _reasons(found)]
    return lines


def _counted(found: Sequence[Measured]) -> str:
    works = sum(one.outcome is Outcome.WORKS for one in found)
    slowest = max(one.milliseconds for one in found)
    notes: dict[str, int] = {}
    for one in found:
        if one.note:
            notes[one.note] = notes.get(one.note, 0) + 1
    told = "".join(f"; {note}" if count == len(found) else f"; {count}: {note}" for note, count in notes.items())
    return f"works for {works} of {len(found)} ({slowest} ms{told})"


def _reasons(found: Iterable[Measured]) -> list[str]:
    reasons: dict[tuple[Outcome, str], list[str]] = {}
    for one in found:
        if one.outcome is not Outcome.WORKS:
            reasons.setdefault((one.outcome, one.why), []).append(one.person)
    return [f"{outcome} for {some(people)}: {why}" for (outcome, why), people in reasons.items()]


def some(people: Sequence[str]) -> str:
    """A few names, and how many more."""
    more = len(people) - _MOST
    return ", ".join(people[:_MOST]) + (f" and {more} more" if more > 0 else "")


def shortened(finding: Finding) -> Finding:
    """The same with a few of its people."""
    return replace(finding, who=(some(finding.who),)) if len(finding.who) > _MOST else finding
