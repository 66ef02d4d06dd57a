"""Move contact lists into mailboxes and back (unified contact store), and show where they live."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from samband.cli.folder import add_folder, on_ground
from samband.ground import Ground
from samband.model.people import Person
from samband.model.unified_contacts import Ucs, UcsState
from samband.serve.contact_lists import administer_contacts
from samband.store import unified_contacts as rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband ucs``."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    status = verbs.add_parser("status", help="show where contact lists live")
    add_folder(status)
    status.add_argument("user", nargs="?", help="only this person's, by login")
    status.set_defaults(run=_status)
    migrate = verbs.add_parser(
        "migrate", help="move a person's contact list into the mailbox; the site must be serving"
    )
    add_folder(migrate)
    migrate.add_argument("user", help="the person's login")
    migrate.set_defaults(run=_migrate)
    rollback = verbs.add_parser("rollback", help="take a person's contact list back; the site must be serving")
    add_folder(rollback)
    rollback.add_argument("user", help="the person's login")
    rollback.add_argument("--force", action="store_true", help="with the list last known, where the mailbox is gone")
    rollback.set_defaults(run=_rollback)


def _status(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> tuple[list[Person], Mapping[str, Ucs], bool]:
        people = [await ground.people.find(arguments.user)] if arguments.user else await ground.people.list()
        return people, await ground.store.read(rows.everyone), ground.site.user_services.ucs_allowed

    people, states, allowed = on_ground(arguments.folder, work)
    for person in people:
        if person.sip:
            print(_line(person, states.get(person.objectGUID, Ucs()), allowed))
    return 0


def _line(person: Person, ucs: Ucs, allowed: bool) -> str:
    """State, and the rows that a client's configuration information has: who provides the list, and whether."""
    details = [f"Contact List Provider: {ucs.provider}"]
    if ucs.connectivity:
        details.append(f"UCS Connectivity State: {ucs.connectivity}")
    if ucs.down_since is not None:
        details.append(f"since {ucs.down_since:%Y-%m-%d %H:%M:%S} UTC: read only, as last known")
    if ucs.last_attempt is not None:
        details.append(f"attempt {ucs.attempts} at {ucs.last_attempt:%Y-%m-%d %H:%M:%S} UTC")
    if ucs.not_before is not None:
        details.append(f"not again by itself before {ucs.not_before:%Y-%m-%d %H:%M} UTC")
    if ucs.reason:
        details.append(ucs.reason)
    state = UcsState.DISABLED if ucs.state is UcsState.ALLOWED and not allowed else ucs.state
    return f"{person.userPrincipalName:32} {state:14} {'; '.join(details)}"


def _migrate(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> Person:
        person = await ground.people.find(arguments.user)
        async with administer_contacts(ground) as store:
            await store.migrate(person)
        return person

    print(f"the contact list of {on_ground(arguments.folder, work).displayName} lives in the mailbox")
    return 0


def _rollback(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> Person:
        person = await ground.people.find(arguments.user)
        async with administer_contacts(ground) as store:
            await store.roll_back(person, force=arguments.force)
        return person

    print(f"the contact list of {on_ground(arguments.folder, work).displayName} lives on the Lync side again")
    return 0
