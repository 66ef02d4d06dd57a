"""Taking a mailbox elsewhere, folder by folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from samband.exchange.exports.contents import Contents, Whole
from samband.exchange.exports.files import Form
from samband.model.failures import Failure
from samband.model.folders import Folder

_MOST_LEFT = 1000


@dataclass(slots=True)
class Summary:
    """What came of it: ``left`` are (folder, what and why) of the first thousand items that were left."""

    folders: int = 0
    went: int = 0
    before: int = 0
    refused: int = 0
    left: list[tuple[str, str]] = field(default_factory=list)

    def leave(self, folder: str, what: str) -> None:
        """Something is left behind."""
        self.refused += 1
        if len(self.left) < _MOST_LEFT:
            self.left.append((folder, what))


Report = Callable[[str, Summary], None]


async def write_files(contents: Contents, form: Form, top: Path, report: Report) -> Summary:
    """Every folder of ``form``'s kind below ``top``; folders without items too. Raises ``Failure`` or ``OSError``."""
    summary = Summary()
    for names, folder in await contents.folders():
        if folder.kind is not form.folders:
            continue
        summary.folders += 1
        label = "/".join(names)
        report(label, summary)
        await form.write(_items(contents, form, folder, label, summary, report), top, names)
    return summary


async def _items(
    contents: Contents, form: Form, folder: Folder, label: str, summary: Summary, report: Report
) -> AsyncIterator[Whole]:
    async for item in contents.items(folder):
        if item.kind not in form.items:
            summary.leave(label, f"{item.kind.value} {item.properties.subject[:60]!r}: these files hold no such items")
            continue
        try:
            whole = await contents.whole(item)
        except Failure as failure:
            summary.leave(label, f"{item.kind.value} {item.properties.subject[:60]!r}: {failure.text}")
            continue
        yield whole
        summary.went += 1
        report(label, summary)
