"""What to know of recipients before writing to them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.senders import Senders
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.oof import OofState
from samband.model.people import Person
from samband.store import oof

MAX_MESSAGE = 48 * 1024 * 1024
"""The bytes of the largest message: in base64 it fills the largest request that is read."""


class Tips(NamedTuple):
    """What is known of one recipient: ``person`` None for a stranger, ``invalid`` for nobody in a domain of ours."""

    address: str
    person: Person | None
    invalid: bool
    away: str = ""
    away_from: datetime | None = None
    away_until: datetime | None = None


class MailTips:
    """Verbs about recipients."""

    def __init__(self, base: Foundation, senders: Senders) -> None:
        self._base = base
        self._senders = senders

    def domains(self) -> set[str]:
        """The domains in which the organisation has people."""
        people = self._base.directory.people()
        return {address.rpartition("@")[2].lower() for person in people for address in person.smtp_addresses}

    async def check(self, caller: Caller, address: str) -> None:
        """Raise ``Failure`` where the caller may not send as ``address``, nor on behalf of whose it is."""
        owner = self._base.directory.by_smtp(address)
        if caller.person is None or owner is None:
            raise Failure("ErrorSendAsDenied", "The user account does not have the right to send as this sender.")
        await self._senders.sender(caller.person, owner)

    async def of(self, addresses: tuple[str, ...]) -> list[Tips]:
        """What is known of each recipient, in order."""
        domains = self.domains()
        return [await self._of(address, domains) for address in addresses]

    async def _of(self, address: str, domains: set[str]) -> Tips:
        person = self._base.directory.by_smtp(address)
        local, _, domain = address.rpartition("@")
        if person is None:
            return Tips(address, None, not local or not domain or domain.lower() in domains)
        mailbox = person.msExchMailboxGuid
        if not mailbox:
            return Tips(address, person, False)
        settings = await self._base.store.read(lambda tx: oof.get(tx, mailbox))
        if not settings.is_out(self._base.clock()):
            return Tips(address, person, False)
        scheduled = settings.state is OofState.SCHEDULED
        return Tips(
            address,
            person,
            False,
            settings.internal_reply,
            settings.start if scheduled else None,
            settings.end if scheduled else None,
        )
