"""What the two sides do for people by server-to-server tokens, tried with the tokens and partners they have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from samband.deployment.troubles import Trouble, refusal
from samband.integration.exchange_client import ExchangeClient, Unauthorized, Unreachable, UserRefused
from samband.integration.mailbox_lists import MailboxLists
from samband.integration.online_meetings import LyncMeetings
from samband.model.online_meetings import MeetingTerms, NoOnlineMeeting
from samband.model.people import Person
from samband.serve.check.probing import NO_MAIL, NO_SIP_PROXY, Fine, Met, NotTried
from samband.wire.ews.client import looks
from samband.wire.ews.client.answers import Refused
from samband.wire.xml.reading import Malformed

PROBE_SUBJECT = "samband check"


@dataclass(frozen=True, slots=True)
class Servers:
    """The Lync side's way into mailboxes, and the Exchange side's way to meetings; None where that side is not here.

    ``knows_exchange``: whether the Lync side was told where to ask.
    """

    exchange: ExchangeClient | None
    meetings: LyncMeetings | None
    now: datetime
    knows_exchange: bool

    async def calendar(self, person: Person) -> Fine:
        """Read free/busy and out of office, as presence does."""
        client, url = await self._mailbox(person)
        async with _asking():
            await client.availability(url, person, self.now, self.now + timedelta(days=1), 15)
            await client.out_of_office(url, person)
        return Fine()

    async def history(self, person: Person) -> Fine:
        """Write a note into Conversation History, read it, take it away, as Test-CsExStorageConnectivity does."""
        client, url = await self._mailbox(person)
        keep = looks.keep_request("conversationhistory", looks.CONVERSATION, PROBE_SUBJECT)
        async with _asking():
            item = looks.read_kept(await client.ask(url, person, keep))
            try:
                looks.read_kept(await client.ask(url, person, looks.read_request(item)))
            finally:
                looks.read_done(await client.ask(url, person, looks.remove_request(item)))
        return Fine()

    async def contact_list(self, person: Person, *, moved: bool) -> Fine:
        """Read the list in the mailbox; where it lives there, people have no other."""
        try:
            client, url = await self._mailbox(person)
            async with _asking():
                await MailboxLists(client).read(url, person)
        except Met as met:
            if moved:
                raise Met(Trouble.LIST_UNAVAILABLE, f"the list is in the mailbox, and {met}") from None
            raise
        return Fine("Contact List Provider: UCS" if moved else "Contact List Provider: Lync Server")

    async def meeting(self, person: Person) -> Fine:
        """Have an online meeting made and removed again."""
        if self.meetings is None:
            raise NotTried("the mailbox side is not on this site")
        terms = MeetingTerms(PROBE_SUBJECT, (), self.now + timedelta(hours=1))
        try:
            made = await self.meetings.create(person, terms)
            await self.meetings.cancel(person, made.id)
        except NoOnlineMeeting as reason:
            raise _met(reason) from None
        return Fine()

    async def _mailbox(self, person: Person) -> tuple[ExchangeClient, str]:
        if not person.mail:
            raise Met(Trouble.NO_MAIL, NO_MAIL)
        if self.exchange is None:
            raise NotTried("the Lync side is not on this site")
        if not self.knows_exchange:
            raise Met(Trouble.NO_WAY_TO_EXCHANGE, "oauth.exchange_autodiscover_url is empty (step 4)")
        async with _asking():
            return self.exchange, await self.exchange.ews_url(person)


def _met(reason: NoOnlineMeeting) -> Met:
    if reason.step == 2:
        return Met(Trouble.NO_SIP_PROXY, NO_SIP_PROXY)
    if reason.step == 4:
        return Met(refusal(str(reason)), f"from Exchange to Lync: {reason} (step 4)")
    if reason.step == 1:
        return Met(Trouble.LYNC_NOT_FOUND, f"{reason} (step 1)")
    return Met(Trouble.MEETING_REFUSED, str(reason))


@asynccontextmanager
async def _asking() -> AsyncIterator[None]:
    """Turn what may come of a server-to-server call into what a probe meets."""
    try:
        yield
    except UserRefused as error:
        raise Met(Trouble.UNKNOWN_ADDRESS, f"Exchange has nobody such as Lync describes: {error}") from None
    except Unauthorized as error:
        raise Met(refusal(str(error)), f"from Lync to Exchange: {error} (step 4)") from None
    except Unreachable as error:
        unknown = "Autodiscover says" in str(error)
        raise Met(Trouble.UNKNOWN_ADDRESS if unknown else Trouble.EWS_DOWN, str(error)) from None
    except (Refused, Malformed) as error:
        raise Met(Trouble.EWS_ERROR, f"Exchange says {error}") from None
