"""Bring a mailbox here: from another Exchange server, or from files. Begun again, it goes on where it ended."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Awaitable, Callable
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from samband.cli.carrying import Progress, add_elsewhere, elsewhere
from samband.cli.folder import add_folder, on_ground
from samband.exchange.actions.exchange import Exchange
from samband.exchange.imports import calendar_files, contact_files, mail_files
from samband.exchange.imports.ews_source import EwsSource
from samband.exchange.imports.rules import bring_rules
from samband.exchange.imports.run import STOPS, Importer, Summary
from samband.exchange.imports.settings import bring_absence
from samband.exchange.imports.source import Source, SourceFolder
from samband.ground import Ground
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.serve.mailboxes import open_elsewhere, open_mailbox

_FORMS: dict[str, tuple[str, Callable[[Path, str, tzinfo], Source]]] = {
    "mbox": ("an mbox file, or a folder of *.mbox files", mail_files.mbox_source),
    "maildir": ("a Maildir, or a folder of Maildirs", mail_files.maildir_source),
    "ics": ("an iCalendar file, or a folder of *.ics files", calendar_files.source),
    "vcf": ("a vCard file, or a folder of *.vcf files", contact_files.source),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband import``."""
    forms = parser.add_subparsers(metavar="FORM", required=True)
    ews = forms.add_parser("ews", help="another Exchange server's mailbox, over EWS")
    _add_common(ews)
    add_elsewhere(ews)
    ews.set_defaults(run=_from_ews)
    for name, (summary, make) in _FORMS.items():
        form = forms.add_parser(name, help=summary)
        _add_common(form)
        form.add_argument("path", type=Path, metavar="PATH", help=summary)
        form.add_argument("--into", default="", metavar="FOLDER", help="the folder here, such as Inbox/Old")
        form.set_defaults(run=_from_files, make=make)


def _add_common(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    parser.add_argument("user", help="whose mailbox here, by login")
    parser.add_argument("--dry-run", action="store_true", help="read everything, keep nothing")


def _from_ews(arguments: argparse.Namespace) -> int:
    place = elsewhere(arguments)

    async def bring(ground: Ground, exchange: Exchange, caller: Caller, importer: Importer) -> None:
        async with open_elsewhere(ground, place) as client:
            source = EwsSource(client, arguments.mailbox, place.impersonate or place.login)
            await importer.bring(source)
            left = await bring_absence(exchange, caller, client, place.address, source.name, dry=arguments.dry_run)
            importer.summary.left += [("settings", one) for one in left]
            if "@" in place.address:
                came, left = await bring_rules(
                    exchange, caller, client, place.address, importer.folders, dry=arguments.dry_run
                )
                importer.summary.rules += came
                importer.summary.left += [("settings", one) for one in left]

    return _import(arguments, bring)


def _from_files(arguments: argparse.Namespace) -> int:
    if not arguments.path.exists():
        raise Failure("NoSuchFile", f"there is no {arguments.path}")

    async def bring(ground: Ground, exchange: Exchange, caller: Caller, importer: Importer) -> None:
        zone = ZoneInfo(ground.site.organisation.time_zone)
        await importer.bring(arguments.make(arguments.path, arguments.into, zone))

    return _import(arguments, bring)


def _import(
    arguments: argparse.Namespace, bring: Callable[[Ground, Exchange, Caller, Importer], Awaitable[None]]
) -> int:
    progress = Progress()

    def report(folder: SourceFolder, summary: Summary) -> None:
        progress.say(folder.label, f"{summary.came} items came, {summary.before} were here, {summary.refused} left")

    async def work(ground: Ground) -> tuple[Summary, str]:
        async with open_mailbox(ground, arguments.user) as (exchange, caller):
            importer = Importer(exchange, caller, report, dry=arguments.dry_run)
            try:
                await bring(ground, exchange, caller, importer)
            except STOPS as stop:
                return importer.summary, str(stop)
            return importer.summary, ""

    summary, stopped = on_ground(arguments.folder, work)
    progress.end()
    _say(summary, dry=arguments.dry_run)
    if stopped:
        print(f"samband: {stopped}; what came stays, and the same command goes on from there", file=sys.stderr)
    return 1 if stopped else 0


def _say(summary: Summary, *, dry: bool) -> None:
    for folder, left in summary.left:
        print(f"left {'' if left.whole else 'a part '}in {folder}: {left.what}: {left.why}")
    came = "would come" if dry else "came"
    if summary.rules:
        print(f"{summary.rules} rules {came}")
    print(
        f"{summary.folders} folders: {summary.came} items {came}, {summary.before} were here before, "
        f"{summary.refused} were left"
    )
