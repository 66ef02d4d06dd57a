"""Findings: what a check saw that keeps something from working, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """How much a finding matters."""

    FAULT = "fault"
    """A feature does not work for somebody."""
    WARNING = "warning"
    """Something works less well, or for old clients only."""
    NOTE = "note"
    """Nothing is wrong, but people ask about it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, as an administrator reads it.

    ``name`` is stable: scripts and tests go by it. ``article`` is the number of the support article that describes the
    symptom, empty where there is none. ``who`` are the people it concerns, empty for everybody.
    """

    name: str
    step: int
    weight: Weight
    symptom: str
    cause: str
    remedy: str
    article: str = ""
    who: tuple[str, ...] = ()


def finding_text(finding: Finding) -> str:
    """A finding for a terminal: what it is and of which step, then symptom, cause and remedy, a line each."""
    notes = [f"step {finding.step}"] if finding.step else []
    notes += [f"KB {finding.article}"] if finding.article else []
    who = [f"for {', '.join(finding.who)}"] if finding.who else []
    aside = f" ({', '.join(notes)})" if notes else ""
    head = f"{finding.weight} {finding.name}{aside}"
    return "\n  ".join([head, *who, finding.symptom, finding.cause, finding.remedy])
