"""The web endpoints of a deployment, asked without credentials: what they answer to anybody tells how they are set."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from cryptography import x509

from samband.deployment.findings import Finding
from samband.deployment.measured_findings import trouble_finding
from samband.deployment.survey import Sight
from samband.deployment.troubles import Trouble
from samband.serve.check.probing import PATIENCE, words
from samband.trust.oauth.metadata import FetchError, fetch
from samband.trust.oauth.names import ANY_REALM, EXCHANGE, LYNC
from samband.wire.dns import Resolver
from samband.wire.http import Headers, HttpClient, HttpResponse
from samband.wire.jose import challenge
from samband.wire.jose.challenge import Challenge
from samband.wire.jose.metadata import Metadata
from samband.wire.ucwa.client import Unreadable, link, read_document

_MOST_HOPS = 5
ADDRESS_BOOK = "/abs/handler"
SKEW = timedelta(minutes=5)
"""How far clocks may differ before tokens are refused."""


class Endpoints:
    """``look`` once, then read what was seen; what does not resolve is the DNS's matter and is not asked."""

    def __init__(self, http: HttpClient, names: Resolver, sip_domain: str, smtp_domain: str, now: datetime) -> None:
        self._http = http
        self._names = names
        self._sip_domain = sip_domain
        self._smtp_domain = smtp_domain
        self._now = now
        self.sights: list[Sight] = []
        self.findings: list[Finding] = []
        self.web_host = ""
        """The host of Lync's web services."""
        self.exchange_host = ""
        self.lync_realm = ""
        self.exchange_keys: frozenset[str] = frozenset()
        self._clocks: set[str] = set()

    async def look(self) -> None:
        """Walk Lync discovery, probe Autodiscover, read both metadata documents, compare what they say."""
        lync = await self._lync()
        await self._address_book()
        exchange = await self._exchange()
        lync_says = await self._metadata("Lync", self.web_host, "/metadata/json/1", LYNC)
        path = "/autodiscover/metadata/json/1"
        exchange_says = await self._metadata("Exchange", self.exchange_host, path, EXCHANGE)
        if lync_says is not None:
            self.lync_realm = lync_says.realm
        if exchange_says is not None:
            self.exchange_keys = frozenset(
                hashlib.sha1(one, usedforsecurity=False).hexdigest().upper() for one in exchange_says.certificates
            )
        self._trust("Exchange", exchange, LYNC, lync_says)
        self._trust("Lync", lync, EXCHANGE, exchange_says)

    async def _lync(self) -> Challenge | None:
        host = f"lyncdiscover.{self._sip_domain}"
        if not await self._names.addresses(host):
            return None
        url = f"https://{host}/"
        for _ in range(_MOST_HOPS):
            answer = await self._get(url, Trouble.LYNCDISCOVER_BROKEN)
            if answer is None:
                return None
            try:
                document = read_document(answer.content) if answer.status == 200 else {}
            except Unreadable:
                document = {}
            if user := link(document, "user"):
                self._good(url, f"user: {_shown(user)}")
                return await self._user(urljoin(url, user))
            if not (onward := link(document, "redirect")):
                self._bad(url, Trouble.LYNCDISCOVER_BROKEN, f"{url} answers {answer.status} and leads to no user")
                return None
            self._good(url, f"redirect: {_shown(onward)}")
            url = urljoin(url, onward)
        self._bad(url, Trouble.LYNCDISCOVER_BROKEN, f"{host} leads from one server to the next without an end")
        return None

    async def _user(self, url: str) -> Challenge | None:
        self.web_host = urlsplit(url).hostname or ""
        answer = await self._get(url, Trouble.LYNCDISCOVER_BROKEN)
        if answer is None:
            return None
        found = _challenge(answer)
        if answer.status != 401 or found is None:
            why = f"{url} answers {answer.status} without asking for a server-to-server token"
            self._bad(url, Trouble.LYNCDISCOVER_BROKEN, why)
            return None
        self._good(url, f"401, trusts {', '.join(found.trusted_issuers) or 'nobody'}")
        return found

    async def _address_book(self) -> None:
        """Whoever may not read it is asked for a proof; where it is not published, there is nothing."""
        if not self.web_host:
            return
        url = f"https://{self.web_host}{ADDRESS_BOOK}"
        answer = await self._get(url, Trouble.NO_ADDRESS_BOOK)
        if answer is not None and answer.status == 404:
            self._bad(url, Trouble.NO_ADDRESS_BOOK, f"{url} answers 404")
        elif answer is not None:
            self._good(url, str(answer.status))

    async def _exchange(self) -> Challenge | None:
        host = f"autodiscover.{self._smtp_domain}"
        if not await self._names.addresses(host):
            return None
        found = await self._followed(f"https://{host}/autodiscover/autodiscover.xml")
        if found is None:
            return None
        url, answer = found
        if answer.status not in (200, 401):
            self._bad(url, Trouble.NO_AUTODISCOVER, f"{url} answers {answer.status}")
            return None
        self.exchange_host = urlsplit(url).hostname or ""
        if Headers(answer.headers).get("X-SOAP-Enabled").lower() != "true":
            self._bad(url, Trouble.NO_SOAP, f"{url} answers {answer.status} without X-SOAP-Enabled: True")
        asked = _challenge(answer)
        trusted = f", trusts {', '.join(asked.trusted_issuers) or 'nobody'}" if asked else ""
        self._good(url, f"{answer.status}{trusted}")
        return asked

    async def _followed(self, url: str) -> tuple[str, HttpResponse] | None:
        """What Autodiscover answers in the end, and where that is."""
        for _ in range(_MOST_HOPS):
            answer = await self._get(url, Trouble.NO_AUTODISCOVER)
            if answer is None:
                return None
            onward = Headers(answer.headers).get("Location")
            if answer.status not in (301, 302) or not onward:
                return url, answer
            self._good(url, f"{answer.status}: {onward}")
            url = urljoin(url, onward)
        self._bad(url, Trouble.NO_AUTODISCOVER, f"{url} leads from one server to the next without an end")
        return None

    async def _metadata(self, name: str, host: str, path: str, application: str) -> Metadata | None:
        if not host:
            return None
        url = f"https://{host}{path}"
        try:
            found = await fetch(self._http, url)
        except FetchError as error:
            self._bad(url, Trouble.NO_METADATA, str(error))
            return None
        if found.service_name != application:
            self._bad(url, Trouble.NO_METADATA, f"{url} is the document of {found.service_name}, not of {name}")
            return None
        ended = [ends for one in found.certificates if (ends := _end(one)) < self._now]
        if ended and len(ended) == len(found.certificates):
            self._bad(url, Trouble.KEY_EXPIRED, f"{url}: the key of {name} ended on {max(ended):%Y-%m-%d}")
        self._good(url, f"{found.issuer}, {len(found.certificates)} keys")
        return found

    def _trust(self, side: str, asked: Challenge | None, application: str, partner: Metadata | None) -> None:
        """Whether ``side``, by its challenge, trusts ``application`` in the realm that the application says it has."""
        if asked is None:
            return
        realms = [one.partition("@")[2] for one in asked.trusted_issuers if one.startswith(f"{application}@")]
        other = "Lync" if application == LYNC else "Exchange"
        if not realms:
            self._find(Trouble.NO_PARTNER, f"{side} has no partner application for {other}")
        elif partner is not None and ANY_REALM not in (*realms, partner.realm) and partner.realm not in realms:
            told = f"{side} trusts {other} of the realm {', '.join(realms)}; {other} says its realm is {partner.realm}"
            self._find(Trouble.OTHER_REALM, told)

    async def _get(self, url: str, trouble: Trouble) -> HttpResponse | None:
        try:
            answer = await self._http.send("GET", url, headers=[("Accept", "application/json")], timeout=PATIENCE)
        except OSError as error:
            self._bad(url, trouble, f"{url} cannot be reached: {words(error)}")
            return None
        self._clock(url, Headers(answer.headers).get("Date"))
        return answer

    def _clock(self, url: str, date: str) -> None:
        """Compare the server's clock with ours, where it tells the time [RFC9110 6.6.1]; once a server."""
        host = urlsplit(url).netloc
        if not date or host in self._clocks:
            return
        self._clocks.add(host)
        try:
            told = parsedate_to_datetime(date)
        except ValueError:
            return
        off = told - self._now if told.tzinfo else timedelta()
        if abs(off) > SKEW:
            way = "ahead of" if off > timedelta() else "behind"
            self._find(Trouble.CLOCK, f"{host} is {abs(off).total_seconds():.0f} seconds {way} this machine")

    def _good(self, url: str, seen: str) -> None:
        self.sights.append(Sight(_shown(url), seen, True))

    def _bad(self, url: str, trouble: Trouble, why: str) -> None:
        self.sights.append(Sight(_shown(url), why.removeprefix(f"{url} "), False))
        self._find(trouble, why)

    def _find(self, trouble: Trouble, why: str) -> None:
        self.findings.append(trouble_finding(trouble, f"{why}.", elsewhere=True))


def _shown(url: str) -> str:
    return url.partition("?")[0]


def _challenge(answer: HttpResponse) -> Challenge | None:
    return challenge.read(Headers(answer.headers).all("WWW-Authenticate"))


def _end(certificate: bytes) -> datetime:
    return x509.load_der_x509_certificate(certificate).not_valid_after_utc
