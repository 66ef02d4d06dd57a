"""Clients that write without pause, and a ledger of what they asked for and what was acknowledged."""

from __future__ import annotations

import base64
import hashlib
import http.client
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.scenarios.ews_session import EwsSession, T

_LARGE = 400
"""Repetitions of a line that make a body a blob of its own."""


def body_of(subject: str, number: int) -> str:
    """A body that says whose it is; every third is large."""
    return f"This is the body of {subject}. " * (_LARGE * 2 if number % 3 == 0 else 1)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Ledger:
    """What one writer knows. A request is ``open`` from when it is sent until its answer is read."""

    name: str
    bodies: dict[str, str] = field(default_factory=dict)
    """Identifier of each item whose making was acknowledged -> digest of its body."""
    subjects: dict[str, str] = field(default_factory=dict)
    """The subject last acknowledged."""
    attached: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Identifier of each acknowledged attachment -> its item, and the digest of its content."""
    deleted: set[str] = field(default_factory=set)
    open_create: str = ""
    open_update: tuple[str, str] = ("", "")
    open_delete: str = ""

    def allowed_subjects(self, item: str) -> set[str]:
        """What an item may be called: as acknowledged, or as asked for when the answer was lost."""
        asked, subject = self.open_update
        return {self.subjects[item]} | ({subject} if asked == item else set())

    def must_be_there(self) -> set[str]:
        return self.bodies.keys() - self.deleted - {self.open_delete}

    def may_be_there(self) -> set[str]:
        return self.bodies.keys() - self.deleted


class ClientThread(threading.Thread):
    """One client's connection in a thread: ``work`` with it until it breaks."""

    def __init__(self, open_session: Callable[[], EwsSession], work: Callable[[EwsSession], None]) -> None:
        super().__init__(daemon=True)
        self.failure: BaseException | None = None
        """What ended it, other than its connection."""
        self._open_session = open_session
        self._work = work

    def run(self) -> None:
        try:
            with self._open_session() as session:
                self._work(session)
        except (OSError, http.client.HTTPException):
            return
        except BaseException as failure:  # handed to the test's thread
            self.failure = failure


class BurstWriter:
    """Makes items without end; now and then changes, attaches to or deletes one it made."""

    def __init__(self, name: str, acknowledged: Callable[[], None]) -> None:
        self.ledger = Ledger(name)
        self._acknowledged = acknowledged

    def work(self, session: EwsSession) -> None:
        for number in itertools.count():
            self._turn(session, number)
            self._acknowledged()

    def _turn(self, session: EwsSession, number: int) -> None:
        item = self._create(session, number)
        if number % 4 == 1:
            self._update(session, item, f"{self.ledger.subjects[item]} changed")
        if number % 5 == 2:
            self._attach(session, item)
        if number % 7 == 3:
            self._delete(session, item)

    def _create(self, session: EwsSession, number: int) -> str:
        ledger = self.ledger
        subject = f"{ledger.name} {number}"
        body = body_of(subject, number)
        ledger.open_create = subject
        answer = session.ask_quickly(
            '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId><t:DistinguishedFolderId Id="inbox"/>'
            f"</m:SavedItemFolderId><m:Items><t:Message><t:Subject>{subject}</t:Subject>"
            f'<t:Body BodyType="Text">{body}</t:Body></t:Message></m:Items></m:CreateItem>'
        )
        item = str(next(answer.iter(T + "ItemId")).get("Id"))
        assert item not in ledger.bodies, "an identifier was given twice"
        ledger.bodies[item], ledger.subjects[item] = digest(body), subject
        ledger.open_create = ""
        return item

    def _update(self, session: EwsSession, item: str, subject: str) -> None:
        self.ledger.open_update = item, subject
        session.ask_quickly(
            '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges>'
            f'<t:ItemChange><t:ItemId Id="{item}"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="item:Subject"/>'
            f"<t:Message><t:Subject>{subject}</t:Subject></t:Message></t:SetItemField></t:Updates></t:ItemChange>"
            "</m:ItemChanges></m:UpdateItem>"
        )
        self.ledger.subjects[item] = subject
        self.ledger.open_update = "", ""

    def _attach(self, session: EwsSession, item: str) -> None:
        content = f"attached to {item} " * _LARGE
        encoded = base64.b64encode(content.encode()).decode()
        answer = session.ask_quickly(
            f'<m:CreateAttachment><m:ParentItemId Id="{item}"/><m:Attachments><t:FileAttachment><t:Name>a.txt</t:Name>'
            f"<t:Content>{encoded}</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>"
        )
        attachment = str(next(answer.iter(T + "AttachmentId")).get("Id"))
        self.ledger.attached[attachment] = item, digest(content)

    def _delete(self, session: EwsSession, item: str) -> None:
        self.ledger.open_delete = item
        session.ask_quickly(
            f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="{item}"/></m:ItemIds></m:DeleteItem>'
        )
        self.ledger.deleted.add(item)
        self.ledger.open_delete = ""
