"""evolution-ews against a demo: discovery, calendar with other people, contacts and the GAL, free/busy, OOF, tasks."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from exchangelib import UTC, Account, Attendee, CalendarItem, EWSDateTime, Mailbox
from exchangelib.items import SEND_TO_ALL_AND_SAVE_COPY, Item, MeetingCancellation, MeetingRequest, MeetingResponse

from tests.clients.evolution import FOLDERS, Evolution, evolution, missing_packages
from tests.clients.running_demo import Demo
from tests.clients.test_exchangelib import account_of, arrived, named
from tests.clients.waiting import until

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages())

EVENT = """BEGIN:VEVENT
UID:{uid}
DTSTAMP:20270101T000000Z
DTSTART:{start}
DTEND:{end}
SUMMARY:{subject}
DESCRIPTION:Ta med siffror
LOCATION:Rum 1
TRANSP:OPAQUE
{more}END:VEVENT
"""
WITH_BOB = """ORGANIZER:mailto:alice@contoso.test
ATTENDEE;CN=Bob Brown;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@contoso.test
"""
CARD = """BEGIN:VCARD
VERSION:3.0
FN:{name} Berg
N:Berg;{name};;;
EMAIL;TYPE=WORK:{name}@elsewhere.test
TEL;TYPE=CELL:+4712345678
ORG:Fjord;Sales
NOTE:Åäö
END:VCARD
"""


@pytest.fixture(scope="module")
def client(standard_demo: Demo) -> Iterator[Evolution]:
    with evolution(standard_demo, "alice") as found:
        for name in FOLDERS:
            found.until(partial(found.do, "writable", name=name), f"{name} to be open")
        yield found


@pytest.fixture
def alice(named_demo: Demo) -> Account:
    return account_of(named_demo, "alice")


@pytest.fixture
def bob(named_demo: Demo) -> Account:
    return account_of(named_demo, "bob")


def event(subject: str, start: str = "20270301T090000Z", end: str = "20270301T100000Z", more: str = "") -> str:
    text = EVENT.format(uid=uuid.uuid4(), subject=subject, start=start, end=end, more=more)
    return text.replace("\n", "\r\n")


def shown(client: Evolution, *words: str, calendar: str = "Calendar") -> list[str]:
    """The components that say all of ``words``, lines unfolded and without the copy that evolution-ews keeps."""
    found = [re.sub(r"\r\n[ \t]", "", one) for one in client.do("components", calendar=calendar)]
    found = [re.sub(r"X-EWS-ORIGINAL-COMP.*\r\n", "", one) for one in found]
    return [one for one in found if all(word in one for word in words)]


def one(client: Evolution, *words: str, calendar: str = "Calendar") -> str:
    return until(lambda: shown(client, *words, calendar=calendar), f"{words} in {calendar}")[0]


def about(account: Account, kind: type[Item], subject: str) -> list[Any]:
    """What came into an inbox of this kind."""
    return [one for one in account.inbox.all() if isinstance(one, kind) and subject in one.subject]


def test_account_is_discovered(client: Evolution, standard_demo: Demo) -> None:
    host = "autodiscover.contoso.test"
    words = {"email": client.person["email"], "password": client.person["password"]}
    found = client.do("discover", host=host, certificate=client.certificates[host], **words)
    assert found["hosturl"] == standard_demo.table["ews_url"]


def test_folders_have_their_kinds(client: Evolution) -> None:
    kinds = {"Calendar": "Calendar", "Contacts": "Address Book", "Tasks": "Task List", "Notes": "Memo List"}
    kinds["Global Address List"] = "Address Book"
    assert kinds.items() <= client.do("sources").items()


def test_out_of_office_both_ways(client: Evolution, alice: Account) -> None:
    password = client.person["password"]
    words = {"state": "Enabled", "audience": "Known", "internal": "Borta åäö & <så>", "external": "Away"}
    client.do("set_out_of_office", password=password, **words)
    settings = alice.oof_settings
    assert (settings.state, settings.external_audience) == ("Enabled", "Known")
    assert (settings.internal_reply, settings.external_reply) == (words["internal"], words["external"])
    settings.state, settings.internal_reply = "Disabled", "Back soon"
    alice.oof_settings = settings
    assert client.do("out_of_office", password=password) == words | {"state": "Disabled", "internal": "Back soon"}


def test_a_meeting_is_made_changed_and_cancelled(client: Evolution, bob: Account) -> None:
    subject = f"Möte {uuid.uuid4()}"
    uid = client.do("create", calendar="Calendar", component=event(subject, more=WITH_BOB))
    request = arrived(bob, subject)
    assert isinstance(request, MeetingRequest) and request.organizer.email_address == "alice@contoso.test"
    assert request.start == EWSDateTime(2027, 3, 1, 9, tzinfo=UTC) and request.location == "Rum 1"
    request.accept(body="Ja")

    made = one(client, uid, "PARTSTAT=ACCEPTED")
    assert "ORGANIZER" in made and "bob@contoso.test" in made and "Ta med siffror" in made
    later = made.replace("T090000", "T120000").replace("T100000", "T130000")
    client.do("modify", calendar="Calendar", component=later, reach="ALL")
    until(lambda: named(bob.calendar.all(), subject).start.hour == 12, "the new time in Bob's calendar")

    client.do("remove", calendar="Calendar", uid=uid, recurrence=None, reach="ALL")
    assert until(lambda: about(bob, MeetingCancellation, subject), "the cancellation")
    until(lambda: not shown(client, uid), "the end of it in Evolution")


def test_a_series_with_an_exception(client: Evolution, alice: Account) -> None:
    subject = f"Serie {uuid.uuid4()}"
    rule = "RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO\r\n"
    uid = client.do("create", calendar="Calendar", component=event(subject, more=rule))
    master = one(client, uid, "RRULE")
    changed = re.sub(r"RRULE.*\r\n", "RECURRENCE-ID:20270308T090000Z\r\n", master)
    changed = re.sub(r"DTSTART.*\r\n", "DTSTART:20270308T140000Z\r\n", changed)
    changed = re.sub(r"DTEND.*\r\n", "DTEND:20270308T150000Z\r\n", changed)
    client.do("modify", calendar="Calendar", component=changed, reach="THIS")
    client.do("remove", calendar="Calendar", uid=uid, recurrence="20270315T090000Z", reach="THIS")

    def times() -> list[tuple[int, int]]:
        view = alice.calendar.view(EWSDateTime(2027, 2, 28, tzinfo=UTC), EWSDateTime(2027, 4, 30, tzinfo=UTC))
        return sorted((found.start.day, found.start.hour) for found in view if found.subject == subject)

    assert until(lambda: times() == [(1, 9), (8, 14), (22, 9)], "the series on the server"), times()
    until(lambda: shown(client, uid, "RECURRENCE-ID", "20270308T140000"), "the exception")
    client.do("remove", calendar="Calendar", uid=uid, recurrence=None, reach="ALL")
    assert until(lambda: not times(), "the end of the series")


def test_an_invitation_is_accepted(client: Evolution, bob: Account) -> None:
    subject = f"Inbjudan {uuid.uuid4()}"
    CalendarItem(
        account=bob,
        folder=bob.calendar,
        subject=subject,
        start=EWSDateTime(2027, 3, 2, 9, tzinfo=UTC),
        end=EWSDateTime(2027, 3, 2, 10, tzinfo=UTC),
        required_attendees=[Attendee(mailbox=Mailbox(email_address="alice@contoso.test"))],
    ).save(send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)
    invited = one(client, subject)
    accepted = invited.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED")
    assert accepted != invited
    message = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\n{accepted}END:VCALENDAR\r\n"
    client.do("receive", calendar="Calendar", component=message)
    answers = until(lambda: about(bob, MeetingResponse, subject), "Alice's answer")
    assert answers[0].response_type == "Accept"


def test_contacts(client: Evolution, alice: Account) -> None:
    name = f"Ann{uuid.uuid4().hex[:8]}"
    card = CARD.format(name=name).replace("\n", "\r\n")
    uid = client.do("add_contact", book="Contacts", card=card)
    query = f'(contains "full_name" "{name}")'
    made = until(lambda: client.do("contacts", book="Contacts", query=query), "the contact")[0]
    assert f"{name}@elsewhere.test" in made and "+4712345678" in made and "Åäö" in made
    there = alice.contacts.get(given_name=name)
    assert (there.surname, there.company_name, there.department) == ("Berg", "Fjord", "Sales")

    changed = made.replace("N:Berg", "N:Vik").replace("+4712345678", "+4787654321")
    client.do("modify_contact", book="Contacts", card=changed)
    until(lambda: alice.contacts.get(given_name=name).surname == "Vik", "the new name on the server")
    assert any(phone.phone_number == "+4787654321" for phone in alice.contacts.get(given_name=name).phone_numbers)
    client.do("remove_contact", book="Contacts", uid=uid)
    assert until(lambda: not alice.contacts.filter(given_name=name).count(), "its end on the server")
    until(lambda: not client.do("contacts", book="Contacts", query=query), "its end in Evolution")


def test_the_global_address_list_is_searched(client: Evolution) -> None:
    query = '(beginswith "full_name" "Bob")'
    found = until(lambda: client.do("contacts", book="Global Address List", query=query), "Bob")
    assert len(found) == 1 and "bob@contoso.test" in found[0] and "TITLE:Head of Sales" in found[0]


def test_free_busy_of_somebody_else(client: Evolution, bob: Account) -> None:
    start, end = EWSDateTime(2027, 3, 3, 9, tzinfo=UTC), EWSDateTime(2027, 3, 3, 10, tzinfo=UTC)
    CalendarItem(account=bob, folder=bob.calendar, subject="Upptagen", start=start, end=end).save()
    day = int(EWSDateTime(2027, 3, 3, tzinfo=UTC).timestamp())
    words = {"start": day, "end": day + 86400, "users": ["bob@contoso.test"]}
    (found,) = client.do("free_busy", calendar="Calendar", **words)
    assert "bob@contoso.test" in found and "20270303T090000Z/20270303T100000Z" in found


def test_a_task(client: Evolution, alice: Account) -> None:
    subject = f"Uppgift {uuid.uuid4()}"
    task = f"BEGIN:VTODO\r\nUID:x\r\nDTSTAMP:20270101T000000Z\r\nSUMMARY:{subject}\r\nDUE;VALUE=DATE:20270305\r\n"
    client.do("create", calendar="Tasks", component=f"{task}PERCENT-COMPLETE:50\r\nEND:VTODO\r\n")
    assert one(client, subject, "PERCENT-COMPLETE:50", calendar="Tasks")
    found = named(alice.tasks.all(), subject)
    assert (found.percent_complete, found.due_date.isoformat()) == (50, "2027-03-05")
