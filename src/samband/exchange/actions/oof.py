"""Out-of-office settings: the owner of a mailbox reads and sets them."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.mailboxes import Mailboxes
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.oof import OofSettings, OofState
from samband.store import oof as rows
from samband.store.api import WriteTx


class Oof:
    """Verbs about out-of-office settings. ``address`` names the mailbox by any of its SMTP addresses."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes) -> None:
        self._base = base
        self._mailboxes = mailboxes

    async def get(self, caller: Caller, address: str) -> OofSettings:
        """The settings; where no time was ever set, one day from the hour that runs.

        Raises a fatal ``Failure`` for anybody but the owner.
        """
        mailbox = self._owned(caller, address)
        found = await self._base.store.read(lambda tx: rows.get(tx, mailbox))
        if found.start is not None and found.end is not None:
            return found
        hour = self._base.clock().replace(minute=0, second=0, microsecond=0)
        return msgspec.structs.replace(found, start=hour, end=hour + timedelta(days=1))

    async def set(
        self,
        caller: Caller,
        address: str,
        settings: OofSettings,
        *,
        keep_internal_reply: bool = False,
        keep_external_reply: bool = False,
    ) -> None:
        """Set them; a reply that is kept, and times that are not given, stay as they were.

        Raises a fatal ``Failure`` for anybody but the owner, and ErrorInvalidScheduledOofDuration or
        ErrorInvalidUserOofSettings for settings that make no sense.
        """
        mailbox = self._owned(caller, address)
        self._check(settings, keep_internal_reply, keep_external_reply)
        await self._mailboxes.ensure(mailbox)

        def write(tx: WriteTx) -> None:
            before = rows.get(tx, mailbox)
            kept = msgspec.structs.replace(
                settings,
                start=settings.start or before.start,
                end=settings.end or before.end,
                internal_reply=before.internal_reply if keep_internal_reply else settings.internal_reply,
                external_reply=before.external_reply if keep_external_reply else settings.external_reply,
            )
            if kept != before:
                rows.put(tx, mailbox, kept)
            if _absence(kept) != _absence(before):
                rows.forget_answers(tx, mailbox)

        await self._base.store.write(write)

    def _owned(self, caller: Caller, address: str) -> str:
        person = self._base.directory.by_smtp(address)
        if person is None or not person.msExchMailboxGuid:
            raise Failure("ErrorMailRecipientNotFound", "The mail recipient is not found.", fatal=True)
        if caller.person is None or caller.person.objectGUID != person.objectGUID:
            raise Failure("ErrorAccessDenied", "User is not mailbox owner.", fatal=True)
        return person.msExchMailboxGuid

    def _check(self, settings: OofSettings, no_internal_reply: bool, no_external_reply: bool) -> None:
        if settings.state is OofState.DISABLED:
            return
        if no_internal_reply or (no_external_reply and settings.audience != "None"):
            raise Failure("ErrorInvalidUserOofSettings", "The internal or external reply is missing.")
        if settings.state is OofState.SCHEDULED:
            if settings.start is None or settings.end is None:
                raise Failure("ErrorInvalidScheduledOofDuration", "A scheduled absence needs a duration.")
            if settings.end <= settings.start or settings.end <= self._base.clock():
                raise Failure(
                    "ErrorInvalidScheduledOofDuration",
                    "The end time must be greater than the start time and must occur in the future.",
                )


def _absence(settings: OofSettings) -> tuple[OofState, datetime | None, datetime | None]:
    """When the owner is out; another wording does not make it another absence."""
    scheduled = settings.state is OofState.SCHEDULED
    return settings.state, settings.start if scheduled else None, settings.end if scheduled else None
