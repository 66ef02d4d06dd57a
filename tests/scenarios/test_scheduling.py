"""Online meetings scheduled from the mailbox side: made, changed and cancelled with the appointment (steps 1, 2, 4)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from tests.clients.outlook import Outlook, place_of
from tests.clients.running_demo import Demo, running_demo
from tests.clients.waiting import until
from tests.exchange.ews.calendar_requests import delete, get, item, update
from tests.scenarios.ews_session import EwsSession, T

WHEN = "<t:Start>2026-12-11T09:00:00Z</t:Start><t:End>2026-12-11T10:00:00Z</t:End>"
BOB = (
    "<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>bob@contoso.test</t:EmailAddress></t:Mailbox>"
    "</t:Attendee></t:RequiredAttendees>"
)
SHAPE = (
    '<t:AdditionalProperties><t:FieldURI FieldURI="item:Body"/><t:FieldURI FieldURI="calendar:JoinOnlineMeetingUrl"/>'
    '<t:FieldURI FieldURI="item:MimeContent"/>'
    + "".join(
        f'<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="{name}" PropertyType="String"/>'
        for name in ("OnlineMeetingExternalLink", "OnlineMeetingConfLink")
    )
    + "</t:AdditionalProperties>"
)


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running:
        yield running


def session(demo: Demo, name: str) -> EwsSession:
    person = demo.person(name)
    place = place_of(demo.table["https"])
    return EwsSession(place, demo.table["ca_file"], person["login"], person["password"])


def create(subject: str) -> str:
    return (
        '<m:CreateItem SendMeetingInvitations="SendToAllAndSaveCopy"><m:Items><t:CalendarItem>'
        f"<t:Subject>{subject}</t:Subject>{WHEN}{BOB}<t:IsOnlineMeeting>true</t:IsOnlineMeeting>"
        "</t:CalendarItem></m:Items></m:CreateItem>"
    )


def made(ews: EwsSession, subject: str) -> str:
    found = next(ews.ask(create(subject)).iter(T + "ItemId")).get("Id")
    assert found is not None
    return found


def shown(ews: EwsSession, identifier: str) -> etree._Element:
    return next(ews.ask(get(item(identifier), shape="IdOnly", more=SHAPE)).iter(T + "CalendarItem"))


def link(entry: etree._Element) -> str:
    return entry.findtext(T + "JoinOnlineMeetingUrl") or ""


def meetings(demo: Demo) -> dict[str, list[str]]:
    """What Lync has of alice's meetings: subject -> attendees."""
    outlook = Outlook(place_of(demo.table["https"]), Path(demo.table["ca_file"]), Path(demo.folder), "alice")
    found = outlook.ask("GET", outlook.meetings)["_embedded"]["myOnlineMeeting"]
    return {one["subject"]: one["attendees"] for one in found}


def test_a_meeting_lives_with_its_appointment(demo: Demo) -> None:
    with session(demo, "alice") as alice, session(demo, "bob") as bob:
        identifier = made(alice, "Plans")
        entry = shown(alice, identifier)
        url = link(entry)
        assert url.startswith("https://meet.contoso.test")
        extended = [one.text for one in entry.iter(T + "Value")]
        assert extended[0] == url
        assert (extended[1] or "").startswith("conf:sip:alice@contoso.test;gruu;opaque=app:conf:focus:id:")
        assert url in (entry.findtext(T + "Body") or "")
        assert meetings(demo) == {"Plans": ["sip:bob@contoso.test"]}

        find = (
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
            '<m:CalendarView StartDate="2026-12-11T00:00:00Z" EndDate="2026-12-12T00:00:00Z"/>'
            '<m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem>'
        )
        (invited,) = (one.get("Id") for one in bob.ask(find).iter(T + "ItemId"))
        assert invited is not None
        assert link(shown(bob, invited)) == url

        alice.ask(update(item(identifier), ("item:Subject", "<t:Subject>Other plans</t:Subject>")))
        assert meetings(demo) == {"Other plans": ["sip:bob@contoso.test"]}
        assert link(shown(alice, identifier)) == url

        no = ("calendar:IsOnlineMeeting", "<t:IsOnlineMeeting>false</t:IsOnlineMeeting>")
        alice.ask(update(item(identifier), no))
        assert link(shown(alice, identifier)) == ""
        assert "Join online meeting" not in (shown(alice, identifier).findtext(T + "Body") or "")
        assert meetings(demo) == {}

        alice.ask(update(item(identifier), ("calendar:IsOnlineMeeting", "<t:IsOnlineMeeting>true</t:IsOnlineMeeting>")))
        assert link(shown(alice, identifier)) not in ("", url)
        assert list(meetings(demo)) == ["Other plans"]
        alice.ask(delete(item(identifier), "SendToAllAndSaveCopy"))
        assert meetings(demo) == {}


@pytest.mark.parametrize(
    ("step", "reason"),
    [(1, "resolves"), (2, "no sip: address in proxyAddresses"), (4, "partner application")],
)
def test_without_its_steps_there_is_no_meeting_and_the_log_says_why(demo: Demo, step: int, reason: str) -> None:
    subject = f"Without step {step}"
    with session(demo, "alice") as alice:
        demo.samband("step", "undo", demo.folder, str(step))
        since = len(demo.log.read_text())
        try:
            until(lambda: link(shown(alice, made(alice, subject))) == "", "the step is undone")
        finally:
            demo.samband("step", "do", demo.folder, str(step))
        assert reason in demo.log.read_text()[since:]
        until(lambda: link(shown(alice, made(alice, f"With step {step}"))) != "", "the step is done again")
