"""The mailbox side tried as its owner: Autodiscover for ``mail``, then EWS by their own sign-in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

from samband.deployment.troubles import Trouble
from samband.exchange.imports.sign_in import Ntlm
from samband.model.people import Person
from samband.serve.check.identity import Identity
from samband.serve.check.probing import NO_MAIL, Fine, Met, PlacedClient, Ways, words
from samband.wire.autodiscover.client import pox_request, read_pox_answer, read_user_settings, user_settings_request
from samband.wire.dns import Service
from samband.wire.ews.client import answers, looks, requests
from samband.wire.ews.client.answers import Refused
from samband.wire.http import HttpResponse
from samband.wire.xml.reading import Malformed

_XML = ("Content-Type", "text/xml; charset=utf-8")
_ROUNDS = 2
"""Messages of a client in one NTLM exchange."""
_JPEG = b"\xff\xd8\xff"


class Owner:
    """One person at their own mailbox, on connections of their own; requests go one after the other."""

    def __init__(self, identity: Identity, ways: Ways, now: datetime) -> None:
        self._identity = identity
        self._person: Person = identity.person
        self._ways = ways
        self._now = now
        self._http: PlacedClient = ways.http(connections=1)
        self._ews = ""
        self._refused: Met | None = None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def outlook(self) -> Fine:
        """Sign in and look into the inbox."""
        url = await self._found()
        for body in (looks.folder_request("inbox"), looks.find_request("inbox")):
            await self._asked(url, body, looks.read_done)
        return Fine()

    async def free_busy(self) -> Fine:
        """Ask for the free/busy times of the next day."""
        url, until = await self._found(), self._now + timedelta(days=1)
        body = requests.availability_request(self._person.mail, self._now, until, 30)
        await self._asked(url, body, answers.read_availability)
        return Fine()

    async def out_of_office(self) -> Fine:
        """Ask for the out-of-office settings."""
        await self._asked(await self._found(), requests.oof_request(self._person.mail), answers.read_oof)
        return Fine()

    async def photo(self) -> Fine:
        """Have the photo in its best size; that there is none is no failure."""
        url = f"{await self._found()}/s/GetUserPhoto"
        answer = await self._send("GET", f"{url}?{urlencode({'email': self._person.mail, 'size': 'HR648x648'})}")
        if answer.status == 404:
            return Fine("no photo is set")
        if answer.status != 200:
            raise Met(Trouble.PHOTO_BROKEN, f"GetUserPhoto answers {answer.status}")
        if not answer.content.startswith(_JPEG):
            raise Met(Trouble.PHOTO_BROKEN, "the photo is no JPEG")
        if self._person.thumbnailPhoto == answer.content:
            return Fine("only the directory's thumbnail is there", Trouble.PHOTO_SMALL)
        return Fine()

    async def _found(self) -> str:
        """Where EWS is, by the address in ``mail``. Raises ``Met``."""
        if not self._person.mail:
            raise Met(Trouble.NO_MAIL, NO_MAIL)
        if not self._ews:
            self._ews = await self._discovered(self._person.mail)
        return self._ews

    async def _discovered(self, address: str) -> str:
        """Ask in plain XML, as Outlook does, and in SOAP, as Lync does; both must know the mailbox."""
        base = await self._autodiscover(address.rpartition("@")[2].lower())
        answer = await self._send("POST", f"{base}/autodiscover/autodiscover.xml", pox_request(address))
        try:
            plain = read_pox_answer(answer.content)
            url = f"{base}/autodiscover/autodiscover.svc"
            soap = await self._send("POST", url, user_settings_request(url, address, "ExternalEwsUrl"))
            settings = read_user_settings(soap.content)
        except Malformed as error:
            raise Met(Trouble.NO_AUTODISCOVER, f"{base}/autodiscover gave no Autodiscover answer: {error}") from None
        if plain.error or settings.error_code != "NoError":
            said = plain.error or settings.error_message or settings.error_code
            raise Met(Trouble.UNKNOWN_ADDRESS, f"Autodiscover says of {address}: {said}")
        own = {one.lower() for one in (*self._person.smtp_addresses, self._person.primary_smtp)}
        if plain.address.lower() not in own | {address.lower()} or address.lower() not in own:
            raise Met(Trouble.OTHER_MAILBOX, f"mail is {address}, which is the mailbox of {plain.address}")
        if not plain.ews_url:
            raise Met(Trouble.NO_AUTODISCOVER, f"Autodiscover names no EWS address for {address}")
        return plain.ews_url

    async def _autodiscover(self, domain: str) -> str:
        """The server of the first name that resolves: autodiscover.DOMAIN, the SRV record's target, DOMAIN."""
        names, found = self._ways.names, f"autodiscover.{domain}"
        if await names.addresses(found):
            return f"https://{found}"
        for value in (await names.lookup(f"_autodiscover._tcp.{domain}", "SRV")).values:
            service = Service.read(value)
            return f"https://{service.target}:{service.port}"
        if await names.addresses(domain):
            return f"https://{domain}"
        raise Met(Trouble.NO_AUTODISCOVER, f"neither {found} nor _autodiscover._tcp.{domain} resolves")

    async def _asked(self, url: str, body: bytes, read: Callable[[bytes], object]) -> None:
        answer = await self._send("POST", url, body)
        if answer.status not in (200, 500):
            raise Met(Trouble.EWS_DOWN, f"{url} answers {answer.status}")
        try:
            read(answer.content)
        except Refused as refused:
            raise Met(Trouble.EWS_ERROR, f"Exchange says {refused}") from None
        except Malformed as error:
            raise Met(Trouble.EWS_ERROR, f"the answer of {url} cannot be read: {error}") from None

    async def _send(self, method: str, url: str, body: bytes = b"") -> HttpResponse:
        """Send as the person; the sign-in is made where the server asks for it. Raises ``Met``.

        What was refused once is not tried again: a server counts wrong passwords.
        """
        if self._refused is not None:
            raise self._refused
        proof = self._identity.over_http()
        headers = [_XML] if body else []
        try:
            answer = await self._http.send(method, url, headers=[*headers, *proof.fields()], body=body)
            for _ in range(_ROUNDS):
                if answer.status != 401 or (more := proof.answer(answer)) is None:
                    break
                begun = isinstance(proof, Ntlm) and proof.begun
                answer = await self._http.send(method, url, headers=[*headers, *more], body=b"" if begun else body)
        except OSError as error:
            raise Met(Trouble.EWS_DOWN, f"{url} cannot be reached: {words(error)}") from None
        if answer.status == 401:
            self._refused = Met(Trouble.EWS_REFUSES, f"{url} refuses the person's own sign-in")
            raise self._refused
        return answer
