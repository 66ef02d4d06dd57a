"""exchangelib as the assistant of a manager, with delegate access, and as a service that impersonates people."""

from __future__ import annotations

import uuid
from typing import Any

import exchangelib
import pytest
from exchangelib import (
    BASIC,
    IMPERSONATION,
    Account,
    CalendarItem,
    Configuration,
    Credentials,
    Mailbox,
    Message,
    Task,
)
from exchangelib.errors import ErrorImpersonateUserDenied, ErrorItemNotFound, ErrorSendAsDenied
from exchangelib.folders import Calendar, Folder, Inbox, SingleFolderQuerySet, Tasks
from exchangelib.items import SEND_TO_ALL_AND_SAVE_COPY
from exchangelib.properties import DistinguishedFolderId

from tests.clients.running_demo import Demo
from tests.clients.test_exchangelib import FIRST_HOUR, account_of, arrived, named
from tests.clients.waiting import until

MANAGER, ASSISTANT, SERVICE = "alice", "heidi", "ivan"


def shared(account: Account, owner: Account, kind: type[Folder]) -> Any:
    """A default folder of somebody else, as exchangelib opens one without asking for their whole mailbox."""
    mailbox = Mailbox(email_address=owner.primary_smtp_address)
    named = DistinguishedFolderId(id=kind.DISTINGUISHED_FOLDER_ID, mailbox=mailbox)
    folder = kind(root=account.root, _distinguished_id=named)
    return SingleFolderQuerySet(account=account, folder=folder).resolve()


def who(item: Any) -> tuple[str, str]:
    return item.author.email_address, item.sender.email_address


def test_an_assistant_calls_a_meeting_for_the_manager_and_answers_one(named_demo: Demo) -> None:
    manager, assistant, guest = (account_of(named_demo, name) for name in (MANAGER, ASSISTANT, "carol"))
    both = (manager.primary_smtp_address, assistant.primary_smtp_address)
    calendar = shared(assistant, manager, Calendar)
    ours, theirs = f"Ours {uuid.uuid4()}", f"Theirs {uuid.uuid4()}"
    times = {"start": FIRST_HOUR, "end": FIRST_HOUR.replace(hour=10)}
    meeting = CalendarItem(
        account=assistant, folder=calendar, subject=ours, required_attendees=[guest.primary_smtp_address], **times
    )
    meeting.save(send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)
    assert who(arrived(guest, ours)) == both
    assert manager.calendar.get(subject=ours).organizer.email_address == both[0]
    assert [one.subject for one in calendar.filter(subject=ours)] == [ours]
    invitation = CalendarItem(
        account=guest, folder=guest.calendar, subject=theirs, required_attendees=[both[0]], **times
    )
    invitation.save(send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)
    copy = arrived(assistant, theirs)
    assert copy.is_delegated and arrived(manager, theirs) is not None
    copy.accept()
    answer = until(lambda: next((one for one in guest.inbox.all() if theirs in (one.subject or "")), None), theirs)
    assert who(answer) == both
    assert manager.calendar.get(subject=theirs).my_response_type == "Accept"
    assert not assistant.calendar.filter(subject=theirs).exists()


def test_an_assistant_reads_mail_and_writes_on_behalf_of_the_manager(named_demo: Demo) -> None:
    manager, assistant, guest = (account_of(named_demo, name) for name in (MANAGER, ASSISTANT, "carol"))
    subject = f"Note {uuid.uuid4()}"
    author = Mailbox(email_address=manager.primary_smtp_address)
    note = Message(account=assistant, subject=subject, author=author, to_recipients=[guest.primary_smtp_address])
    note.send()
    assert who(arrived(guest, subject)) == (manager.primary_smtp_address, assistant.primary_smtp_address)
    with pytest.raises(ErrorSendAsDenied):
        Message(account=guest, subject=subject, author=author, to_recipients=[author]).send()
    Message(account=guest, subject=subject, to_recipients=[author]).send()
    arrived(manager, subject)
    inbox = shared(assistant, manager, Inbox)
    mail = inbox.get(subject=subject)
    mail.is_read = True
    mail.save(update_fields=["is_read"])
    assert manager.inbox.get(subject=subject).is_read
    Task(account=manager, folder=manager.tasks, subject=subject).save()
    assert named(shared(assistant, manager, Tasks).all(), subject) is not None
    assert isinstance(shared(guest, manager, Inbox), ErrorItemNotFound), "exchangelib hands errors of folders out"


def test_a_service_impersonates_once_it_has_the_right(named_demo: Demo) -> None:
    person, manager = named_demo.person(SERVICE), account_of(named_demo, MANAGER)
    configuration = Configuration(
        service_endpoint=named_demo.table["ews_url"],
        credentials=Credentials(person["login"], person["password"]),
        auth_type=BASIC,
        retry_policy=exchangelib.FailFast(),
    )

    def impersonating(address: str) -> Account:
        return Account(address, config=configuration, autodiscover=False, access_type=IMPERSONATION)

    with pytest.raises(ErrorImpersonateUserDenied):
        _ = impersonating(manager.primary_smtp_address).inbox
    named_demo.samband("right", "give", named_demo.folder, "ApplicationImpersonation", SERVICE, "--over", MANAGER)

    def opened() -> Any:
        try:
            return impersonating(manager.primary_smtp_address).inbox
        except ErrorImpersonateUserDenied:
            return None

    inbox = until(opened, "the server hears of the right")
    subject = f"Service {uuid.uuid4()}"
    Message(account=inbox.account, subject=subject, to_recipients=[manager.primary_smtp_address]).send()
    assert who(arrived(manager, subject)) == (manager.primary_smtp_address,) * 2
    assert named(inbox.all(), subject) is not None
    with pytest.raises(ErrorImpersonateUserDenied):
        _ = impersonating(named_demo.person("bob")["email"]).inbox
    said = named_demo.log.read_text()
    assert f"{person['upn']} impersonates impersonated={manager.primary_smtp_address} operation=CreateItem" in said
    assert person["password"] not in said
