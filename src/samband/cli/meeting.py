"""List, show or end meetings, and show or set their passcodes."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec

from samband.cli.folder import add_folder, on_ground
from samband.deployment.places import Places
from samband.ground import Ground
from samband.model.conferences import Conference
from samband.model.failures import Failure
from samband.model.kept_rooms import KeptMember
from samband.model.people import Person
from samband.serve.conferencing import Conferencing
from samband.serve.paths import taken_ports
from samband.store import kept_rooms
from samband.wire.conference.addresses import ConferenceAddress
from samband.wire.ucwa.meetings import read_passcode

T = TypeVar("T")
_RANDOM_DIGITS = 8


class _Meeting(NamedTuple):
    """What is kept of one. ``people`` are those who are in."""

    organizer: str
    id: str
    conference: Conference
    link: str
    people: tuple[KeptMember, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband meeting``."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    everything = verbs.add_parser("list", help="list meetings that have not expired, and how many people are in")
    add_folder(everything)
    everything.add_argument("--organizer", default="", metavar="NAME", help="those of one person")
    everything.add_argument("--json", action="store_true", help="one line of JSON a meeting, without its passcode")
    everything.set_defaults(run=_list)
    for name, words, run in (
        ("show", "show all of one meeting, and who is in", _show),
        ("end", "end one for good: who is in is out, and the link leads nowhere", _end),
        ("passcode", "show, or set, what guests must know", _passcode),
    ):
        verb = verbs.add_parser(name, help=words)
        add_folder(verb)
        verb.add_argument("meeting", help="its link, or the end of it: ORGANIZER/ID")
        if name == "passcode":
            which = verb.add_mutually_exclusive_group()
            which.add_argument("passcode", nargs="?", type=_read_passcode, help="the new one")
            which.add_argument("--random", action="store_true", help="make one")
            which.add_argument("--none", action="store_true", help="guests need none")
        verb.set_defaults(run=run)


def _read_passcode(text: str) -> str:
    try:
        found = read_passcode(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"the passcode is {error}") from None
    if not found:
        raise argparse.ArgumentTypeError("a passcode is not empty; --none takes it away")
    return found


def _list(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground, meetings: Conferencing) -> list[_Meeting]:
        only = (await _person(ground, arguments.organizer)).objectGUID if arguments.organizer else ""
        found = [one for one in await meetings.conferences.everybodys() if only in ("", one.organizer)]
        return await _described(ground, meetings, found)

    found = _on_meetings(arguments, work)
    for one in found:
        if arguments.json:
            print(msgspec.json.encode(_table(one)).decode())
            continue
        terms = one.conference.terms
        guarded = "  passcode" if terms.passcode else ""
        print(f"{one.organizer}/{one.id}  until {_time(one.conference.expires)}  {terms.access}{guarded}", end="")
        print(f"  {len(one.people)} in: {terms.subject or '(no subject)'}")
    if not found and not arguments.json:
        print("there are no meetings")
    return 0


def _table(one: _Meeting) -> dict[str, object]:
    return {
        "meeting": f"{one.organizer}/{one.id}",
        "link": one.link,
        "subject": one.conference.terms.subject,
        "access": one.conference.terms.access,
        "expires": one.conference.expires,
        "listed": one.conference.listed,
        "has_passcode": bool(one.conference.terms.passcode),
        "people": [person.address for person in one.people],
    }


def _show(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground, meetings: Conferencing) -> _Meeting:
        _, conference = await _found(ground, meetings, arguments.meeting)
        (one,) = await _described(ground, meetings, [conference])
        return one

    one = _on_meetings(arguments, work)
    terms = one.conference.terms
    for name, value in {
        "organizer": one.organizer,
        "id": one.id,
        "link": one.link,
        "address for plain SIP clients": ConferenceAddress(one.organizer.lower(), "focus", one.id).plain,
        "subject": terms.subject,
        "description": terms.description,
        "kind": "scheduled" if one.conference.listed else "ad hoc",
        "until": _time(one.conference.expires),
        "access": terms.access,
        "presenters by themselves": terms.leader_assignment,
        "named presenters": ", ".join(terms.leaders),
        "invited": ", ".join(terms.attendees),
        "passcode": terms.passcode,
    }.items():
        print(f"{name}: {value}")
    for person in one.people:
        print(f"in: {person.address}  {person.name}  {person.role}")
    return 0


def _end(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground, meetings: Conferencing) -> str:
        organizer, conference = await _found(ground, meetings, arguments.meeting)
        await meetings.conferences.remove(organizer, conference.id)
        return f"{organizer.sip}/{conference.id}"

    print(f"ended {_on_meetings(arguments, work)}")
    return 0


def _passcode(arguments: argparse.Namespace) -> int:
    sets = arguments.passcode or arguments.random or arguments.none
    wanted = arguments.passcode or ""
    if arguments.random:
        wanted = f"{secrets.randbelow(10**_RANDOM_DIGITS):0{_RANDOM_DIGITS}}"

    async def work(ground: Ground, meetings: Conferencing) -> str:
        organizer, before = await _found(ground, meetings, arguments.meeting)
        if not sets:
            return before.terms.passcode
        terms = msgspec.structs.replace(before.terms, passcode=wanted)
        await meetings.conferences.change(organizer, before.id, before.version, terms, None)
        return wanted

    passcode = _on_meetings(arguments, work)
    print(f"guests need the passcode {passcode}" if passcode else "guests need no passcode")
    return 0


async def _described(ground: Ground, meetings: Conferencing, found: list[Conference]) -> list[_Meeting]:
    """Each with its organiser's address and link; none whose organiser is nobody any more."""
    rooms = {(one.organizer, one.id): one for one in await ground.store.read(kept_rooms.every)}
    described = []
    for one in found:
        person = ground.directory.by_guid(one.organizer)
        if person is not None and person.sip:
            room = rooms.get((one.organizer, one.id))
            people = () if room is None else room.members
            link = meetings.links.url(person.sip.lower(), one.id)
            described.append(_Meeting(person.sip, one.id, one, link, people))
    return described


async def _found(ground: Ground, meetings: Conferencing, text: str) -> tuple[Person, Conference]:
    """The meeting that ``text`` names. Raises ``Failure``."""
    organizer, slash, conference = text.rpartition("/")
    if not slash or not conference:
        raise Failure("NotFound", f"{text}: name a meeting by its link, or by ORGANIZER/ID")
    person = await _person(ground, organizer.rpartition("/")[2])
    try:
        return person, await meetings.conferences.get(person, conference)
    except Failure as error:
        raise Failure(error.code, f"{text}: there is no such meeting, or it has expired") from None


async def _person(ground: Ground, name: str) -> Person:
    """By the address, or the name before the @."""
    return ground.directory.by_sip(name) or await ground.people.find(name)


def _on_meetings(arguments: argparse.Namespace, work: Callable[[Ground, Conferencing], Awaitable[T]]) -> T:
    async def run(ground: Ground) -> T:
        places = Places(ground.site, taken_ports(ground.site.listen, probe=False))
        return await work(ground, Conferencing(ground, places))

    return on_ground(arguments.folder, run)


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%SZ}"
