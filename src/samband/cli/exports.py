"""Take a mailbox elsewhere, or the address book: into files that any program reads, or to another Exchange server."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from samband.cli.carrying import Progress, add_elsewhere, elsewhere
from samband.cli.folder import add_folder, on_ground
from samband.exchange.exports.contents import Contents
from samband.exchange.exports.ews import EwsTarget
from samband.exchange.exports.files import FORMS
from samband.exchange.exports.run import Report, Summary, write_files
from samband.exchange.imports.run import STOPS
from samband.ground import Ground
from samband.serve.address_book import write_address_book
from samband.serve.mailboxes import open_elsewhere, open_mailbox
from samband.wire.ews.client.answers import Refused
from samband.wire.xml.reading import Malformed

_SUMMARIES = {
    "maildir": "mail, a Maildir a folder; begun again, it goes on where it ended",
    "mbox": "mail, an mbox file a folder",
    "ics": "calendars, an iCalendar file each",
    "vcf": "contacts and distribution lists, a vCard file a folder",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband export``."""
    forms = parser.add_subparsers(metavar="FORM", required=True)
    _add_ews(forms.add_parser("ews", help="another Exchange server's mailbox, over EWS; begun again, it goes on"))
    for name, summary in _SUMMARIES.items():
        form = forms.add_parser(name, help=summary)
        add_folder(form)
        form.add_argument("user", help="whose mailbox, by login")
        form.add_argument("path", type=Path, metavar="PATH", help="the folder to write into; made where it is missing")
        form.set_defaults(run=_to_files, form=name)
    book = forms.add_parser("address-book", help="everybody in the address book and the groups, a vCard file")
    add_folder(book)
    book.add_argument("path", type=Path, metavar="PATH", help="the file to write; one that is there is replaced")
    book.set_defaults(run=_address_book)


def _add_ews(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    parser.add_argument("user", help="whose mailbox, by login")
    add_elsewhere(parser)
    parser.set_defaults(run=_to_ews)


def _to_ews(arguments: argparse.Namespace) -> int:
    place = elsewhere(arguments)
    report, progress = _reporting()

    async def work(ground: Ground) -> tuple[Summary, str]:
        async with (
            open_mailbox(ground, arguments.user) as (exchange, caller),
            open_elsewhere(ground, place) as client,
        ):
            account = place.impersonate or place.login
            target = EwsTarget(Contents(exchange, caller), client, report, account, arguments.mailbox)
            try:
                await target.fill()
            except (*STOPS, Refused, Malformed) as stop:
                return target.summary, str(stop)
            return target.summary, ""

    summary, stopped = on_ground(arguments.folder, work)
    progress.end()
    say(summary)
    if stopped:
        print(f"samband: {stopped}; what went stays, and the same command goes on from there", file=sys.stderr)
    return 1 if stopped else 0


def _reporting() -> tuple[Report, Progress]:
    progress = Progress()

    def report(folder: str, summary: Summary) -> None:
        progress.say(folder, f"{summary.went} items went, {summary.refused} left")

    return report, progress


def _to_files(arguments: argparse.Namespace) -> int:
    report, progress = _reporting()

    async def work(ground: Ground) -> Summary:
        async with open_mailbox(ground, arguments.user) as (exchange, caller):
            return await write_files(Contents(exchange, caller), FORMS[arguments.form], arguments.path, report)

    summary = on_ground(arguments.folder, work)
    progress.end()
    say(summary)
    return 0


def _address_book(arguments: argparse.Namespace) -> int:
    found = on_ground(arguments.folder, lambda ground: write_address_book(ground, arguments.path))
    print(f"{arguments.path}: cards of {len(found.people)} people and of {len(found.groups)} groups")
    return 0


def say(summary: Summary) -> None:
    """What came of it."""
    for folder, left in summary.left:
        print(f"left in {folder}: {left}")
    before = f", {summary.before} were there before" if summary.before else ""
    print(f"{summary.folders} folders: {summary.went} items went{before}, {summary.refused} were left")
