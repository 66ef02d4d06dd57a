"""Add, show, list or remove the distribution groups of a site, and their members."""

from __future__ import annotations

import argparse

from samband.cli.folder import add_folder, on_ground
from samband.ground import Ground
from samband.model.groups import Group
from samband.model.people import Person


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband group``."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    add = verbs.add_parser("add", help="add a group; mail to its address goes to every member's mailbox")
    add_folder(add)
    add.add_argument("group", help="the name before the @, such as sales")
    add.add_argument("--name", default="", help="the display name")
    add.add_argument("--mail", default="", help="another mail address than GROUP at the organisation's domain")
    add.add_argument("--room-list", action="store_true", help="a list of rooms, as clients offer them for meetings")
    add.set_defaults(run=_add)
    for name, verb, summary in (
        ("show", _show, "show a group and its members"),
        ("remove", _remove, "remove a group; its members stay"),
    ):
        parser = verbs.add_parser(name, help=summary)
        add_folder(parser)
        parser.add_argument("group")
        parser.set_defaults(run=verb)
    member = verbs.add_parser("member", help="put people or groups into a group, or take them out")
    add_folder(member)
    member.add_argument("group")
    member.add_argument("--add", nargs="+", default=[], metavar="LOGIN")
    member.add_argument("--remove", nargs="+", default=[], metavar="LOGIN")
    member.set_defaults(run=_member)
    everyone = verbs.add_parser("list", help="list every group")
    add_folder(everyone)
    everyone.set_defaults(run=_list)


def _add(arguments: argparse.Namespace) -> int:
    group = on_ground(
        arguments.folder,
        lambda ground: ground.groups.add(arguments.group, arguments.name, arguments.mail, rooms=arguments.room_list),
    )
    print(f"added {group.displayName} <{group.mail}>")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> tuple[Group, list[Person | Group]]:
        return await ground.groups.find(arguments.group), await ground.groups.members(arguments.group)

    group, members = on_ground(arguments.folder, work)
    for name in ("objectGUID", "sAMAccountName", "displayName", "mail", "msExchRecipientTypeDetails"):
        print(f"{name}: {getattr(group, name)}")
    for one in members:
        kind = " (group)" if isinstance(one, Group) else ""
        print(f"member: {one.sAMAccountName} {one.displayName}{kind}")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    group = on_ground(arguments.folder, lambda ground: ground.groups.remove(arguments.group))
    print(f"removed {group.displayName} <{group.mail}>")
    return 0


def _member(arguments: argparse.Namespace) -> int:
    group = on_ground(
        arguments.folder,
        lambda ground: ground.groups.change_members(arguments.group, add=arguments.add, remove=arguments.remove),
    )
    print(f"{group.displayName} has {len(group.member)} member{'' if len(group.member) == 1 else 's'}")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    for group in on_ground(arguments.folder, lambda ground: ground.groups.all()):
        print(f"{group.sAMAccountName:20} {group.displayName:28} {group.mail}  {len(group.member)}")
    return 0
