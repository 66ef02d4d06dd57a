"""exchangelib, which nobody here wrote, against a demo over TLS: discovery, mail, calendar, free/busy, OOF."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import exchangelib
import exchangelib.autodiscover
import pytest
from exchangelib import (
    BASIC,
    DELEGATE,
    NTLM,
    UTC,
    Account,
    CalendarItem,
    Configuration,
    Credentials,
    EWSDateTime,
    FileAttachment,
    Mailbox,
    Message,
    OofSettings,
)
from exchangelib.autodiscover.discovery import Autodiscovery
from exchangelib.items import SEND_TO_ALL_AND_SAVE_COPY, MeetingRequest, MeetingResponse
from exchangelib.protocol import BaseProtocol

from tests.clients.name_server import name_server
from tests.clients.running_demo import Demo
from tests.clients.waiting import until

T = TypeVar("T")
FIRST_HOUR = EWSDateTime(2027, 3, 1, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _bounded() -> Iterator[None]:
    before = BaseProtocol.TIMEOUT
    BaseProtocol.TIMEOUT = 20
    yield
    BaseProtocol.TIMEOUT = before


def account_of(demo: Demo, name: str, auth: str = BASIC) -> Account:
    person = demo.person(name)
    configuration = Configuration(
        service_endpoint=demo.table["ews_url"],
        credentials=Credentials(person["login"], person["password"]),
        auth_type=auth,
        retry_policy=exchangelib.FailFast(),
    )
    return Account(person["email"], config=configuration, autodiscover=False, access_type=DELEGATE)


def named(items: Any, subject: str) -> Any:
    return next((item for item in items if item.subject == subject), None)


def arrived(account: Account, subject: str) -> Any:
    return until(lambda: named(account.inbox.all().order_by("-datetime_received")[:50], subject), subject)


@pytest.fixture
def asked_by_dns(named_demo: Demo, monkeypatch: pytest.MonkeyPatch) -> Iterator[Demo]:
    """exchangelib asks a name server for itself: point it at one that knows the demo."""
    with name_server(named_demo.table["hosts"], named_demo.table["srv"]) as port:
        monkeypatch.setattr(Autodiscovery, "DNS_RESOLVER_KWARGS", {"configure": False})
        monkeypatch.setattr(Autodiscovery, "DNS_RESOLVER_ATTRS", {"nameservers": ["127.0.0.1"], "port": port})
        yield named_demo


@pytest.mark.parametrize("auth", [BASIC, NTLM])
def test_sign_in_through_autodiscover(asked_by_dns: Demo, auth: str) -> None:
    named_demo = asked_by_dns
    exchangelib.autodiscover.clear_cache()
    person = named_demo.person("alice")
    account = Account(
        person["email"],
        config=Configuration(credentials=Credentials(person["login"], person["password"]), auth_type=auth),
        autodiscover=True,
        access_type=DELEGATE,
    )
    assert account.protocol.service_endpoint == named_demo.table["ews_url"]
    assert account.inbox.name == "Inbox"
    assert account.version.api_version.startswith("Exchange2013") or account.version.build.major_version == 15


@pytest.mark.parametrize("auth", [BASIC, NTLM])
def test_a_wrong_password_is_refused(named_demo: Demo, auth: str) -> None:
    person = named_demo.person("judy")
    configuration = Configuration(
        service_endpoint=named_demo.table["ews_url"],
        credentials=Credentials(person["login"], "wrong"),
        auth_type=auth,
        retry_policy=exchangelib.FailFast(),
    )
    with pytest.raises(exchangelib.errors.UnauthorizedError):
        Account(person["email"], config=configuration, autodiscover=False, access_type=DELEGATE).root.refresh()


@pytest.mark.parametrize("auth", [BASIC, NTLM])
def test_mail_between_two_people(named_demo: Demo, auth: str) -> None:
    alice, bob = account_of(named_demo, "alice", auth), account_of(named_demo, "bob", auth)
    subject = f"Plans {uuid.uuid4()}"
    content = bytes(range(256)) * 400
    message = Message(
        account=alice,
        folder=alice.sent,
        subject=subject,
        body="Räksmörgås & <more>\nsecond line",
        to_recipients=[Mailbox(email_address="bob@contoso.test")],
        cc_recipients=["alice@contoso.test"],
    )
    message.attach(FileAttachment(name="data åäö.bin", content=content))
    message.send_and_save()

    received = arrived(bob, subject)
    assert received.sender.email_address == "alice@contoso.test"
    assert received.text_body.replace("\r\n", "\n").strip() == "Räksmörgås & <more>\nsecond line"
    assert [one.email_address for one in received.to_recipients] == ["bob@contoso.test"]
    assert [(one.name, one.content) for one in received.attachments] == [("data åäö.bin", content)]
    assert not received.is_read
    assert named(alice.sent.all(), subject) is not None
    assert arrived(alice, subject) is not None

    assert bob.inbox.filter(subject__icontains=subject[:12].upper()).count() >= 1
    assert [one.subject for one in bob.inbox.filter(subject=subject, is_read=False)] == [subject]
    received.is_read = True
    received.categories = ["Red"]
    received.save(update_fields=["is_read", "categories"])
    again = bob.inbox.get(id=received.id)
    assert (again.is_read, again.categories) == (True, ["Red"])
    reply = received.create_reply(subject=f"Re: {subject}", body="Yes")
    reply.send()
    assert arrived(alice, f"Re: {subject}").body.strip().startswith("Yes")

    received.move(bob.trash)
    assert named(bob.inbox.filter(subject=subject), subject) is None
    bob.trash.get(subject=subject).delete()
    assert not bob.trash.filter(subject=subject).exists()


def test_sync_tells_every_change_once(named_demo: Demo) -> None:
    carol = account_of(named_demo, "carol")
    folder = exchangelib.folders.Messages(parent=carol.inbox, name=f"Sync {uuid.uuid4()}")
    folder.save()
    assert list(folder.sync_items()) == []
    items = [Message(account=carol, folder=folder, subject=f"Number {n}") for n in range(5)]
    carol.bulk_create(folder=folder, items=items)
    created = list(folder.sync_items())
    assert [kind for kind, _ in created] == ["create"] * 5
    first = folder.get(subject="Number 0")
    first.subject = "Number zero"
    first.save(update_fields=["subject"])
    folder.get(subject="Number 1").delete()
    second = folder.get(subject="Number 2")
    second.is_read = not second.is_read
    second.save(update_fields=["is_read"])
    assert sorted(kind for kind, _ in folder.sync_items()) == ["delete", "read_flag_change", "update"]
    assert list(folder.sync_items()) == []
    folder.delete()


def test_an_invitation_is_accepted_and_both_calendars_agree(named_demo: Demo) -> None:
    alice, bob = account_of(named_demo, "alice"), account_of(named_demo, "bob")
    subject = f"Review {uuid.uuid4()}"
    start = FIRST_HOUR
    meeting = CalendarItem(
        account=alice,
        folder=alice.calendar,
        subject=subject,
        body="Bring figures",
        location="Room 1",
        start=start,
        end=start + datetime.timedelta(hours=1),
        required_attendees=["bob@contoso.test"],
    )
    meeting.save(send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)
    request = arrived(bob, subject)
    assert isinstance(request, MeetingRequest)
    tentative = named(bob.calendar.view(start=start, end=start + datetime.timedelta(hours=1)), subject)
    assert tentative is not None
    request.accept(body="I will come")

    answer = until(
        lambda: next(
            (one for one in alice.inbox.all() if isinstance(one, MeetingResponse) and subject in one.subject), None
        ),
        "the answer",
    )
    assert answer.sender.email_address == "bob@contoso.test"
    theirs = named(bob.calendar.all(), subject)
    assert (theirs.start, theirs.end, theirs.location) == (meeting.start, meeting.end, "Room 1")
    assert theirs.my_response_type == "Accept"
    mine = alice.calendar.get(id=meeting.id)
    assert [one.response_type for one in mine.required_attendees] == ["Accept"]
    assert mine.uid == theirs.uid

    mine.delete(send_meeting_cancellations=SEND_TO_ALL_AND_SAVE_COPY)
    assert until(
        lambda: next((one for one in bob.inbox.all() if type(one).__name__ == "MeetingCancellation"), None),
        "the cancellation",
    )


def test_recurring_meetings_expand_in_a_view(named_demo: Demo) -> None:
    dave = account_of(named_demo, "dave")
    start = EWSDateTime(2027, 4, 5, 9, tzinfo=UTC)
    CalendarItem(
        account=dave,
        folder=dave.calendar,
        subject="Daily",
        start=start,
        end=start + datetime.timedelta(minutes=30),
        recurrence=exchangelib.recurrence.Recurrence(
            pattern=exchangelib.recurrence.DailyPattern(interval=1), start=start.date(), number=5
        ),
    ).save()
    seen = list(dave.calendar.view(start=start, end=start + datetime.timedelta(days=10)))
    assert [one.start for one in seen if one.subject == "Daily"] == [
        start + datetime.timedelta(days=n) for n in range(5)
    ]


def test_free_busy_and_out_of_office(named_demo: Demo) -> None:
    alice, erin = account_of(named_demo, "alice"), account_of(named_demo, "erin")
    start = EWSDateTime(2027, 5, 3, 9, tzinfo=UTC)
    CalendarItem(
        account=erin, folder=erin.calendar, subject="Busy", start=start, end=start + datetime.timedelta(hours=1)
    ).save()
    found = list(
        alice.protocol.get_free_busy_info(
            accounts=[("erin@contoso.test", "Required", False)],
            start=start - datetime.timedelta(hours=1),
            end=start + datetime.timedelta(hours=2),
            merged_free_busy_interval=30,
        )
    )
    assert [(one.start.astimezone(UTC), one.busy_type) for one in found[0].calendar_events] == [(start, "Busy")]
    erin.oof_settings = OofSettings(
        state=OofSettings.ENABLED, external_audience="All", internal_reply="Back on Monday", external_reply="Away"
    )
    assert erin.oof_settings.internal_reply == "Back on Monday"
    erin.oof_settings = OofSettings(
        state=OofSettings.DISABLED, external_audience="All", internal_reply="x", external_reply="x"
    )
    assert erin.oof_settings.state == OofSettings.DISABLED


def test_streaming_notifications_tell_of_new_mail(named_demo: Demo) -> None:
    alice, frank = account_of(named_demo, "alice"), account_of(named_demo, "frank")
    subject = f"News {uuid.uuid4()}"
    with frank.inbox.streaming_subscription() as subscription:
        Message(account=alice, subject=subject, body="x", to_recipients=["frank@contoso.test"]).send()
        events = _first_events(frank, subscription, lambda kind: kind in ("NewMailEvent", "CreatedEvent"))
    assert events


def _first_events(account: Account, subscription: str, wanted: Callable[[str], bool]) -> list[str]:
    for notification in account.inbox.get_streaming_events(subscription, connection_timeout=1):
        kinds = [type(event).__name__ for event in notification.events]
        if any(wanted(kind) for kind in kinds):
            return kinds
    return []
