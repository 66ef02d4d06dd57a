"""What can be seen of any deployment from outside, and what is wrong with it, as text and as a page."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from samband.deployment.check_page import findings_html, page
from samband.deployment.check_text import findings_lines
from samband.deployment.findings import Finding, Weight


@dataclass(frozen=True, slots=True)
class Sight:
    """One thing that was looked at, and what was seen."""

    what: str
    seen: str
    good: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """The read-only part of a check: nobody signed in, no credentials were sent."""

    site: str
    row: str
    when: str
    seconds: float
    sights: tuple[Sight, ...]
    findings: tuple[Finding, ...]

    @property
    def faulty(self) -> bool:
        """Whether something does not work for somebody."""
        return any(finding.weight is Weight.FAULT for finding in self.findings)


def survey_text(survey: Survey) -> str:
    """Lines for a terminal."""
    lines = [f"{survey.site}: {survey.row} by its records, looked at from outside in {survey.seconds} s", ""]
    lines += [f"  {'ok' if one.good else 'wrong':6} {one.what:70} {one.seen}" for one in survey.sights]
    return "\n".join([*lines, *findings_lines(survey.findings)])


def survey_page(survey: Survey) -> str:
    """The same as one page of HTML."""
    rows = "".join(
        f"<tr><th>{_told(one.what)}</th><td class='{'good' if one.good else 'bad'}'>{_told(one.seen)}</td></tr>"
        for one in survey.sights
    )
    about = f"{survey.row} by its records. Looked at from outside on {survey.when}; no credentials were sent."
    body = (
        f"<h1>{_told(survey.site)}</h1><p class='about'>{_told(about)}</p>"
        f"<h2>Findings</h2>{findings_html(survey.findings)}"
        f"<h2>Seen</h2><table class='seen'><tbody>{rows}</tbody></table>"
    )
    return page(f"Check of {survey.site}", body)


def _told(text: str) -> str:
    return escape(text, quote=False)
