"""Take a mailbox elsewhere: into files that any program reads."""

from __future__ import annotations

import argparse
from pathlib import Path

from samband.cli.carrying import Progress
from samband.cli.folder import add_folder, on_ground
from samband.exchange.exports.contents import Contents
from samband.exchange.exports.files import FORMS
from samband.exchange.exports.run import Summary, write_files
from samband.ground import Ground
from samband.serve.mailboxes import open_mailbox

_SUMMARIES = {
    "maildir": "mail, a Maildir a folder; begun again, it goes on where it ended",
    "mbox": "mail, an mbox file a folder",
    "ics": "calendars, an iCalendar file each",
    "vcf": "contacts and distribution lists, a vCard file a folder",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband export``."""
    forms = parser.add_subparsers(metavar="FORM", required=True)
    for name, summary in _SUMMARIES.items():
        form = forms.add_parser(name, help=summary)
        add_folder(form)
        form.add_argument("user", help="whose mailbox, by login")
        form.add_argument("path", type=Path, metavar="PATH", help="the folder to write into; made where it is missing")
        form.set_defaults(run=_to_files, form=name)


def _to_files(arguments: argparse.Namespace) -> int:
    progress = Progress()

    def report(folder: str, summary: Summary) -> None:
        progress.say(folder, f"{summary.went} items went, {summary.refused} left")

    async def work(ground: Ground) -> Summary:
        async with open_mailbox(ground, arguments.user) as (exchange, caller):
            return await write_files(Contents(exchange, caller), FORMS[arguments.form], arguments.path, report)

    summary = on_ground(arguments.folder, work)
    progress.end()
    say(summary)
    return 0


def say(summary: Summary) -> None:
    """What came of it."""
    for folder, left in summary.left:
        print(f"left in {folder}: {left}")
    before = f", {summary.before} were there before" if summary.before else ""
    print(f"{summary.folders} folders: {summary.went} items went{before}, {summary.refused} were left")
