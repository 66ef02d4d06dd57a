"""Autodiscover for Exchange clients: the plain XML form, the SOAP form, and the probe that asks which there are.

Every answer, the 401 too, says by ``X-SOAP-Enabled`` and ``X-OAuth-Enabled`` what is spoken here: clients read these
headers of an anonymous GET before they speak SOAP. Paths compare without case.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Protocol

from samband.directory.api import Directory
from samband.exchange.autodiscover.settings import (
    VERSION,
    AutodiscoverSettings,
    archive_of,
    domain_settings,
    user_settings,
)
from samband.model.caller import Caller
from samband.model.people import Person
from samband.wire.autodiscover import pox, soap
from samband.wire.http import HttpRequest, HttpResponse
from samband.wire.xml.reading import Malformed

log = logging.getLogger(__name__)

POX_PATH, SOAP_PATH = "/autodiscover/autodiscover.xml", "/autodiscover/autodiscover.svc"
_MAX_NAMES = 100
_CAPABILITIES = [("X-SOAP-Enabled", "True"), ("X-OAuth-Enabled", "True")]
_XML = ("Content-Type", "text/xml; charset=utf-8")


class Authenticator(Protocol):
    """What the endpoint asks of trust: a caller, or the whole answer that refuses."""

    async def authenticate(self, request: HttpRequest) -> Caller | HttpResponse: ...


class AutodiscoverEndpoint:
    """Serves ``POX_PATH`` and everything that begins with ``SOAP_PATH``."""

    def __init__(
        self,
        directory: Directory,
        authenticator: Authenticator,
        settings: AutodiscoverSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._directory = directory
        self._authenticator = authenticator
        self._settings = settings
        self._clock = clock
        self._errors = count(1)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request; never raises for what a client sent."""
        answer = await self._answer(request)
        present = {name.lower() for name, _ in answer.headers}
        answer.headers.extend(header for header in _CAPABILITIES if header[0].lower() not in present)
        return answer

    async def _answer(self, request: HttpRequest) -> HttpResponse:
        path = request.path.lower()
        if path != POX_PATH and path != SOAP_PATH and not path.startswith(SOAP_PATH + "/"):
            return HttpResponse(404)
        if _is_plain(request):
            location = self._settings.base_url + (POX_PATH if path == POX_PATH else SOAP_PATH)
            return HttpResponse(302, [("Location", location)])
        caller = await self._authenticator.authenticate(request)
        if isinstance(caller, HttpResponse):
            return caller
        if path == POX_PATH:
            return HttpResponse(200, [_XML, ("Cache-Control", "private")], self._pox(request))
        if request.method != "POST":
            return HttpResponse(200, [("Content-Type", "text/html; charset=utf-8")], _PAGE)
        return self._soap(request)

    def _pox(self, request: HttpRequest) -> bytes:
        try:
            asked = pox.read_request(request.body) if request.method == "POST" else None
        except (Malformed, RecursionError) as reason:
            log.info("plain Autodiscover request refused: %s", reason)
            asked = None
        if asked is None:
            return self._error(600, "Invalid Request")
        if asked.schema and asked.schema != pox.OUTLOOK:
            return self._error(601, "The Autodiscover provider for the requested schema cannot be found.")
        person = self._find(asked.address, asked.legacy_dn)
        if person is None:
            return self._error(500, "The email address can't be found.")
        site = self._settings
        return pox.write_settings(
            pox.PoxAccount(
                person.displayName,
                person.legacyExchangeDN,
                person.primary_smtp or person.mail,
                site.deployment_id,
                site.server,
                site.ews_url,
                site.oab_url,
                site.web_url,
                site.auth_package,
                archive_of(person),
            )
        )

    def _error(self, code: int, message: str) -> bytes:
        return pox.write_error(code, message, self._clock(), next(self._errors))

    def _find(self, address: str, legacy_dn: str = "") -> Person | None:
        """Who has a mailbox here by an address, else by a legacy name."""
        person = self._directory.by_smtp(address) if address else self._directory.by_legacy_dn(legacy_dn)
        return person if person is not None and person.msExchMailboxGuid else None

    def _soap(self, request: HttpRequest) -> HttpResponse:
        try:
            asked = soap.read_request(request.body)
        except (Malformed, RecursionError) as reason:
            log.info("SOAP Autodiscover request refused: %s", reason)
            return HttpResponse(500, [_XML], soap.write_fault("The request is not one of Autodiscover."))
        if len(asked.names) > _MAX_NAMES or not asked.names or not asked.settings:
            refused = soap.Refused("InvalidRequest", "The request names nobody, no setting, or too many.")
            return HttpResponse(200, [_XML], soap.write_answer(asked.operation, refused, VERSION))
        one = self._user if asked.operation == soap.USER else self._domain
        answers = [one(name, asked.settings) for name in asked.names]
        return HttpResponse(200, [_XML], soap.write_answer(asked.operation, answers, VERSION))

    def _user(self, address: str, names: tuple[str, ...]) -> soap.Settings | soap.Refused:
        person = self._find(address)
        if person is None:
            return soap.Refused("InvalidUser", f"Invalid user '{address}'")
        found = user_settings(person, self._settings)
        wanted = dict.fromkeys(names)
        return soap.Settings(
            {name: found[name] for name in wanted if name in found},
            {name: _missing(name) for name in wanted if name not in found},
        )

    def _domain(self, domain: str, names: tuple[str, ...]) -> soap.Settings | soap.Refused:
        if domain.lower() not in self._settings.accepted_domains:
            return soap.Refused("InvalidDomain", f"Invalid domain '{domain}'")
        found = domain_settings(self._settings)
        return soap.Settings(
            {name: found[name] for name in names if name in found},
            {name: ("InvalidSetting", f"Invalid setting: '{name}'.") for name in names if name not in found},
        )


def _missing(name: str) -> tuple[str, str]:
    """Why a setting of a user is not answered. The list of names grows with Exchange's versions: any may be one."""
    if name.isascii() and name.isalnum():
        return "SettingIsNotAvailable", f"The setting '{name}' is not available."
    return "InvalidSetting", f"Invalid setting: '{name}'."


def _is_plain(request: HttpRequest) -> bool:
    """Whether a request came over a connection that anybody can read. One from inside the process did not."""
    return not request.connection.tls and request.connection.peer != "in-process"


_PAGE = b"<!DOCTYPE html><title>Autodiscover</title><p>This is a SOAP endpoint: POST a request to it."
