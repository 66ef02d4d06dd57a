"""Add, show, change, list or remove the people of a site."""

from __future__ import annotations

import argparse
import getpass
import os
import secrets
import sys
import uuid
from datetime import datetime

from samband.cli.folder import add_folder, on_ground
from samband.directory import attributes
from samband.directory.new_people import new_person
from samband.ground import Ground, utc_now
from samband.model.failures import Failure
from samband.model.people import Person
from samband.trust.passwords import LONGEST
from samband.trust.sip.tls_dsk.issued import IssuedCertificates


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband user``."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    add = verbs.add_parser("add", help="add a person; the password is asked for, or read from standard input")
    add_folder(add)
    add.add_argument("login", help="the name before the @, such as anna")
    add.add_argument("--name", default="", help="the display name")
    add.add_argument("--no-mailbox", action="store_true", help="without a mailbox")
    add.add_argument("--no-lync", action="store_true", help="not enabled for Lync")
    add.add_argument("--random-password", action="store_true", help="make a password and print it")
    add.set_defaults(run=_add)
    for name, verb, summary in (
        ("show", _show, "show every attribute"),
        ("remove", _remove, "remove a person; the mailbox's content is kept"),
        ("password", _password, "set a new password"),
        ("sign-out", _sign_out, "end what a person is signed in to on the Lync side; they may sign in again"),
    ):
        parser = verbs.add_parser(name, help=summary)
        add_folder(parser)
        parser.add_argument("login")
        parser.set_defaults(run=verb)
    change = verbs.add_parser("set", help="change attributes by their Active Directory names")
    add_folder(change)
    change.add_argument("login")
    change.add_argument(
        "values",
        nargs="+",
        metavar="ATTRIBUTE=VALUE",
        help="several values: the attribute several times; none: ATTRIBUTE=",
    )
    change.set_defaults(run=_set)
    archive = verbs.add_parser(
        "archive", help="give a person an in-place archive, or take it away; its content is kept"
    )
    add_folder(archive)
    archive.add_argument("login")
    which = archive.add_mutually_exclusive_group(required=True)
    which.add_argument("--enable", action="store_true", help="a new one, or the one that was disabled")
    which.add_argument("--disable", action="store_true")
    archive.set_defaults(run=_archive)
    everyone = verbs.add_parser("list", help="list everyone")
    add_folder(everyone)
    everyone.set_defaults(run=_list)


def _add(arguments: argparse.Namespace) -> int:
    password = secrets.token_urlsafe(12) if arguments.random_password else _ask_password()

    async def work(ground: Ground) -> Person:
        person = new_person(
            ground.site.organisation.domain,
            arguments.login,
            os.urandom,
            display_name=arguments.name,
            mailbox=not arguments.no_mailbox,
            lync=not arguments.no_lync,
        )
        kept = await ground.people.add(person)
        await ground.passwords.set(kept.objectGUID, password)
        return kept

    person = on_ground(arguments.folder, work)
    print(f"added {person.displayName} <{person.userPrincipalName}>")
    if arguments.random_password:
        print(f"password: {password}")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> tuple[Person, datetime | None]:
        person = await ground.people.find(arguments.login)
        return person, ground.passwords.expires(person.objectGUID)

    person, expires = on_ground(arguments.folder, work)
    for name, values in attributes.shown(person):
        for value in values:
            print(f"{name}: {value}")
    if expires is not None:
        print(f"passwordExpires: {expires:%Y-%m-%d %H:%M} UTC")
    return 0


def _set(arguments: argparse.Namespace) -> int:
    values: dict[str, list[str]] = {}
    for pair in arguments.values:
        name, equals, value = pair.partition("=")
        if not equals:
            raise Failure("InvalidAttribute", f"{pair}: write it as ATTRIBUTE=VALUE")
        kept = values.setdefault(name, [])
        if value:
            kept.append(value)
    person = on_ground(arguments.folder, lambda ground: ground.people.set(arguments.login, values))
    print(f"changed {person.displayName} <{person.userPrincipalName}>")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> Person:
        person = await ground.people.remove(arguments.login)
        await ground.passwords.remove(person.objectGUID)
        return person

    person = on_ground(arguments.folder, work)
    print(f"removed {person.displayName} <{person.userPrincipalName}>")
    return 0


def _password(arguments: argparse.Namespace) -> int:
    password = _ask_password()

    async def work(ground: Ground) -> None:
        person = await ground.people.find(arguments.login)
        await ground.passwords.set(person.objectGUID, password)

    on_ground(arguments.folder, work)
    print("the password is set")
    return 0


def _sign_out(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> tuple[Person, int]:
        person = await ground.people.find(arguments.login)
        issued = IssuedCertificates(ground.certificates, ground.store, ground.directory, utc_now)
        return person, await issued.revoke(person)

    person, count = on_ground(arguments.folder, work)
    print(f"{person.displayName} is signed out; {count} client certificates are void")
    return 0


def _archive(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> Person:
        person = await ground.people.find(arguments.login)
        had = person.msExchArchiveGUID
        if arguments.disable and not had:
            raise Failure("NoArchive", f"{arguments.login} has no archive")
        if arguments.enable and had:
            raise Failure("NoArchive", f"{arguments.login} has an archive already")
        guid = person.msExchDisabledArchiveGUID or str(uuid.uuid4())
        values = {
            "msExchArchiveGUID": [guid] if arguments.enable else [],
            "msExchDisabledArchiveGUID": [had] if arguments.disable else [],
        }
        return await ground.people.set(arguments.login, values)

    person = on_ground(arguments.folder, work)
    print(f"{person.displayName} has {'an' if person.msExchArchiveGUID else 'no'} archive")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    for person in on_ground(arguments.folder, lambda ground: ground.people.list()):
        print(f"{person.sAMAccountName:20} {person.displayName:28} {person.userPrincipalName}")
    return 0


def _ask_password() -> str:
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            raise Failure("InvalidPassword", "the two passwords differ")
    if not password:
        raise Failure("InvalidPassword", "no password was given; nothing was changed")
    if len(password) > LONGEST:
        raise Failure("InvalidPassword", f"a password has {LONGEST} characters at most; nothing was changed")
    return password
