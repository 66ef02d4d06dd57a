"""Give, take or list rights over mailboxes: impersonation, search, full access, sending as somebody."""

from __future__ import annotations

import argparse

from samband.cli.folder import add_folder, on_ground
from samband.directory.right_changes import RightChanges
from samband.ground import Ground
from samband.model.rights import GrantedRight, Right


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband right``."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for name, verb, summary in (
        ("give", _give, "give a right; a running server heeds it at once"),
        ("take", _take, "take a right back"),
    ):
        parser = verbs.add_parser(name, help=summary)
        add_folder(parser)
        parser.add_argument("right", help=f"one of {', '.join(Right)}")
        parser.add_argument("holder", metavar="WHO", help="a login, group or application")
        parser.add_argument("--over", default="", metavar="LOGIN", help="only the mailbox of a person, or of a group")
        parser.set_defaults(run=verb)
    everyone = verbs.add_parser("list", help="list who has which right over whose mailbox")
    add_folder(everyone)
    everyone.set_defaults(run=_list)


def _over(name: str) -> str:
    return f"the mailbox of {name}" if name else "all mailboxes"


def _give(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> GrantedRight:
        return await _changes(ground).give(arguments.right, arguments.holder, arguments.over)

    print(f"{arguments.holder} has {on_ground(arguments.folder, work).right} over {_over(arguments.over)}")
    return 0


def _take(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> GrantedRight:
        return await _changes(ground).take(arguments.right, arguments.holder, arguments.over)

    right = on_ground(arguments.folder, work).right
    print(f"{arguments.holder} no longer has {right} over {_over(arguments.over)}")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    for holder, granted, over in on_ground(arguments.folder, lambda ground: _changes(ground).named()):
        print(f"{holder:38} {granted.right:26} {_over(over)}")
    return 0


def _changes(ground: Ground) -> RightChanges:
    return RightChanges(ground.store, ground.rights)
