"""What probes measured, and what the article's table looks like by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from samband.deployment.findings import Finding, Weight
from samband.deployment.steps import FEATURES
from samband.deployment.troubles import Trouble

SIGN_IN = "Lync sign-in and presence"
"""What everything on the Lync side begins with; the article takes it for granted."""
MEASURED = (SIGN_IN, *FEATURES)
"""Everything that is tried for a person, in the order it is shown."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Outlook integration (EWS)": ("Outlook integration", "Free/busy", "Out of office"),
    "OWA integration (IM/P)": ("OWA IM and presence",),
    "OWA online meetings": ("OWA online meetings",),
    "Unified contact store": ("Unified contact store",),
    "High-res contact photos": ("High-resolution photos",),
}
"""Column of the article's table -> the features it stands for."""

ON_PREMISES = "Lync Server 2013 only"
ONLINE = "Skype for Business Online only"
HYBRID = "Lync Server 2013 hybrid"


class Outcome(StrEnum):
    """What came of a probe."""

    WORKS = "works"
    FAILS = "fails"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Measured:
    """One feature tried as one person; ``trouble`` says what stood in the way, ``why`` in words, empty if it works.

    ``note`` tells more of what works: that there is no photo, or where the contact list lives.
    """

    feature: str
    person: str
    outcome: Outcome
    trouble: Trouble | None = None
    why: str = ""
    note: str = ""
    milliseconds: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """A column: for how many of those for whom it was tried it works, and how many are meant to have it."""

    column: str
    working: int
    tried: int
    meant: int

    @property
    def verdict(self) -> str:
        """As the article has it, with counts where it is not so for everybody."""
        if not self.meant:
            return "Nobody to try it as"
        if not self.tried:
            return "Not tried"
        if self.working == self.tried:
            untried = self.meant - self.tried
            return f"Supported (not tried for {untried})" if untried else "Supported"
        if not self.working:
            return "Not working"
        return f"Not working for {self.tried - self.working} of {self.tried} people"

    @property
    def supported(self) -> bool:
        """Whether it works for everybody for whom it was tried."""
        return bool(self.tried) and self.working == self.tried


@dataclass(frozen=True, slots=True)
class Report:
    """One check of a site: its row of the table, what each person has, and what is wrong."""

    site: str
    row: str
    when: str
    seconds: float
    cells: tuple[Cell, ...]
    people: Mapping[str, tuple[Measured, ...]]
    findings: tuple[Finding, ...] = field(default=())
    of: int = 0
    """How many people there are, of whom ``people`` were tried."""

    @property
    def faulty(self) -> bool:
        """Whether something does not work for somebody."""
        return any(finding.weight is Weight.FAULT for finding in self.findings)


def cells_of(people: Mapping[str, Sequence[Measured]]) -> tuple[Cell, ...]:
    """The five columns: a column works for a person if each of its features does."""
    return tuple(_cell(column, names, people) for column, names in COLUMNS.items())


def _cell(column: str, names: tuple[str, ...], people: Mapping[str, Sequence[Measured]]) -> Cell:
    outcomes = [[one.outcome for one in found if one.feature in names] for found in people.values()]
    meant = [each for each in outcomes if each]
    tried = [each for each in meant if Outcome.NOT_TRIED not in each or Outcome.FAILS in each]
    working = [each for each in tried if all(one is Outcome.WORKS for one in each)]
    return Cell(column, len(working), len(tried), len(meant))


def row_of(targets: Iterable[str], *, here: bool) -> str:
    """The row of the table that a site is in: ``targets`` are the hosts its people are served by."""
    online = any(target.endswith(".online.lync.com") for target in targets)
    if online:
        return HYBRID if here else ONLINE
    return ON_PREMISES
