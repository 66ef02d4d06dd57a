"""Add, list or remove rooms and equipment, and say by what they answer requests."""

from __future__ import annotations

import argparse
import os

import msgspec

from samband.cli.folder import add_folder, on_ground
from samband.directory.new_people import new_resource
from samband.exchange.actions.rooms import Rooms, parameter
from samband.ground import Ground
from samband.model.failures import Failure
from samband.model.people import Person
from samband.model.rooms import ResourcePolicy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband room``."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    add = verbs.add_parser("add", help="add a room, or a piece of equipment, that answers requests by itself")
    add_folder(add)
    add.add_argument("room", help="the name before the @, such as room1")
    add.add_argument("--name", default="", help="the display name")
    add.add_argument("--capacity", type=int, default=0, help="how many people it holds")
    add.add_argument("--equipment", action="store_true", help="a piece of equipment, not a room")
    add.add_argument(
        "--list", default="", metavar="GROUP", help="put it into this list (samband group add --room-list)"
    )
    add.set_defaults(run=_add)
    everything = verbs.add_parser("list", help="list rooms and equipment")
    add_folder(everything)
    everything.set_defaults(run=_list)
    policy = verbs.add_parser(
        "policy", help="show, or set, by what requests are answered; the names are those of Set-CalendarProcessing"
    )
    add_folder(policy)
    policy.add_argument("room")
    policy.add_argument(
        "values", nargs="*", metavar="PARAMETER=VALUE", help="BookInPolicy may stand several times; none: BookInPolicy="
    )
    policy.set_defaults(run=_policy)
    remove = verbs.add_parser("remove", help="remove one; its calendar is kept")
    add_folder(remove)
    remove.add_argument("room")
    remove.set_defaults(run=_remove)


def _add(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> Person:
        room = new_resource(
            ground.site.organisation.domain,
            arguments.room,
            os.urandom,
            display_name=arguments.name,
            capacity=arguments.capacity,
            equipment=arguments.equipment,
        )
        if arguments.list and not (await ground.groups.find(arguments.list)).is_room_list:
            raise Failure("InvalidParameter", f"{arguments.list} is a group, but no list of rooms")
        kept = await ground.people.add(room)
        if arguments.list:
            await ground.groups.change_members(arguments.list, add=[kept.sAMAccountName])
        return kept

    room = on_ground(arguments.folder, work)
    print(f"added {room.displayName} <{room.primary_smtp}>")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    for one in on_ground(arguments.folder, lambda ground: ground.people.list()):
        if one.is_resource:
            holds = f"  {one.msExchResourceCapacity} people" if one.msExchResourceCapacity else ""
            kind = "room" if one.is_room else "equipment"
            print(f"{one.sAMAccountName:20} {one.displayName:28} {one.primary_smtp}  {kind}{holds}")
    return 0


async def _found(ground: Ground, name: str) -> Person:
    room = await ground.people.find(name)
    if not room.is_resource:
        raise Failure("NoSuchPerson", f"{name} is neither a room nor equipment")
    return room


def _policy(arguments: argparse.Namespace) -> int:
    values: dict[str, list[str]] = {}
    for pair in arguments.values:
        name, equals, value = pair.partition("=")
        if not equals:
            raise Failure("InvalidParameter", f"{pair}: write it as PARAMETER=VALUE")
        values.setdefault(name, []).append(value)

    async def work(ground: Ground) -> ResourcePolicy:
        rooms, room = Rooms(ground.store, ground.directory), await _found(ground, arguments.room)
        return await rooms.set_policy(room, values) if values else await rooms.policy(room)

    for field, value in msgspec.structs.asdict(on_ground(arguments.folder, work)).items():
        print(f"{parameter(field)}: {', '.join(value) if isinstance(value, tuple) else value}")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> Person:
        return await ground.people.remove((await _found(ground, arguments.room)).sAMAccountName)

    room = on_ground(arguments.folder, work)
    print(f"removed {room.displayName} <{room.primary_smtp}>")
    return 0
