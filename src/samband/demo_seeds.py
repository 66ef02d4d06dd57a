"""What the demo organisation begins with: people, some mail, meetings from tomorrow on, contact lists."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from samband.deployment import demo_content as content
from samband.deployment.demo_people import DEMO_DELEGATE, DEMO_PEOPLE, DEMO_ROOM_LIST, DEMO_ROOMS
from samband.directory.new_people import new_person, new_resource
from samband.exchange.actions.delegates import DelegateChange, UserRef
from samband.exchange.actions.exchange import Exchange
from samband.ground import Ground, utc_now
from samband.lync.actions.contacts import Contacts
from samband.model import contacts as lists
from samband.model.caller import Caller
from samband.model.delegates import DeliverMeetingRequests
from samband.model.folders import Place
from samband.model.item_requests import Disposition, Draft, SendInvitations
from samband.model.item_values import Attendee, Body, BodyKind, EmailAddress
from samband.model.items import CalendarProperties, ItemKind, MessageProperties
from samband.model.people import Person
from samband.serve import Served


async def add_people(ground: Ground) -> None:
    """The people, with their passwords."""
    for one in DEMO_PEOPLE:
        person = new_person(ground.site.organisation.domain, one.login, os.urandom, display_name=one.display_name)
        kept = await ground.people.add(person)
        values = {
            "title": [one.title],
            "department": [one.department],
            "company": [ground.site.organisation.name],
            "telephoneNumber": [one.telephone],
        }
        await ground.people.set(kept.sAMAccountName, values)
        await ground.passwords.set(kept.objectGUID, one.password)


async def add_rooms(ground: Ground) -> None:
    """The rooms, and the list that they are on."""
    group, name = DEMO_ROOM_LIST
    await ground.groups.add(group, name, rooms=True)
    for one in DEMO_ROOMS:
        domain = ground.site.organisation.domain
        room = new_resource(domain, one.login, os.urandom, display_name=one.display_name, capacity=one.capacity)
        await ground.people.add(room)
    await ground.groups.change_members(group, add=[one.login for one in DEMO_ROOMS])


async def seed(ground: Ground, served: Served) -> None:
    """Mail, meetings and contact lists, made by the same verbs that clients' requests end in."""
    if served.exchange is not None:
        seeds = _Mailboxes(ground, served.exchange.exchange)
        for letter in content.LETTERS:
            await seeds.send(letter)
        for meeting in content.MEETINGS:
            await seeds.meet(meeting)
        await seeds.delegate(*DEMO_DELEGATE)
    await _contact_lists(ground)


class _Mailboxes:
    """Writes in the name of the demo's people."""

    def __init__(self, ground: Ground, exchange: Exchange) -> None:
        self._ground = ground
        self._exchange = exchange

    async def send(self, letter: content.Letter) -> None:
        properties = MessageProperties(
            subject=letter.subject,
            body=Body(BodyKind.TEXT, letter.text),
            to_recipients=tuple(self._address(name) for name in letter.to),
        )
        draft = Draft(kind=ItemKind.MESSAGE, properties=properties)
        caller = Caller(_known(self._ground, letter.sender), "basic")
        await self._exchange.mail.create(caller, draft, None, Disposition.SEND_AND_SAVE_COPY)

    async def meet(self, meeting: content.Meeting) -> None:
        start = _day(utc_now(), meeting.in_days) + timedelta(hours=meeting.hour)
        properties = CalendarProperties(
            subject=meeting.subject,
            body=Body(BodyKind.TEXT, meeting.text),
            location=meeting.location,
            start=start,
            end=start + timedelta(minutes=meeting.minutes),
            required_attendees=tuple(Attendee(self._address(name)) for name in meeting.attendees),
        )
        organizer = _known(self._ground, meeting.organizer)
        mailbox = organizer.msExchMailboxGuid
        place = Place(mailbox, (await self._exchange.folders.ensure(mailbox))["calendar"])
        draft = Draft(kind=ItemKind.CALENDAR_ITEM, properties=properties)
        await self._exchange.calendar.create(Caller(organizer, "basic"), draft, place, SendInvitations.ALL_AND_SAVE)

    async def delegate(self, owner: str, delegate: str) -> None:
        manager, assistant = _known(self._ground, owner), _known(self._ground, delegate)
        change = DelegateChange(
            user=UserRef(address=assistant.primary_smtp),
            levels={"calendar": "Editor", "tasks": "Editor", "inbox": "Editor"},
            receive_copies=True,
        )
        caller, both = Caller(manager, "basic"), DeliverMeetingRequests.DELEGATES_AND_ME
        await self._exchange.delegates.add(caller, manager.primary_smtp, [change], both)

    def _address(self, name: str) -> EmailAddress:
        person = _known(self._ground, name)
        return EmailAddress(person.displayName, person.primary_smtp, "SMTP", "Mailbox")


async def _contact_lists(ground: Ground) -> None:
    contacts = Contacts(ground.store)
    for owner, groups in content.CONTACTS.items():
        person = _known(ground, owner)
        for group, names in groups.items():
            await _change(contacts, person, partial(lists.add_group, name=group))
            number = next(one.number for one in (await contacts.get(person)).groups.values() if one.name == group)
            for name in names:
                other = _known(ground, name)
                contact = lists.Contact(address=other.sip.lower(), name=other.displayName, groups=(number,))
                await _change(contacts, person, partial(lists.set_contact, contact=contact))


async def _change(contacts: Contacts, person: Person, change: Callable[[lists.ContactList], lists.Changed]) -> None:
    await contacts.change(person, (await contacts.get(person)).delta, change)


def _known(ground: Ground, login: str) -> Person:
    person = ground.directory.by_login(login)
    if person is None:
        raise LookupError(f"the demo has nobody with the login {login}")
    return person


def _day(now: datetime, in_days: int) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=in_days)
