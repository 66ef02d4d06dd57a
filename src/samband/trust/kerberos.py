"""Kerberos by a keytab: whoever shows a ticket for one of our services is who the KDC says [RFC4120; RFC4121].

The library, MIT's through python-gssapi, is an extra (``pip install samband[kerberos]``): nothing here is imported
where Kerberos is switched off.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from samband.model.failures import Failure
from samband.model.people import Person
from samband.trust.denied import Denied

if TYPE_CHECKING:
    import gssapi

log = logging.getLogger(__name__)

LONGEST_TOKEN = 65_536
"""Bytes: tickets with the groups of many years stay below it."""


class Logins(Protocol):
    """What is asked of the directory."""

    def by_login(self, login: str) -> Person | None:
        """By sAMAccountName or userPrincipalName."""
        ...


class Realm:
    """Whom principals stand for: ``name@REALM`` is the person with this sAMAccountName, else userPrincipalName."""

    def __init__(self, name: str, logins: Logins) -> None:
        self.name = name
        self._logins = logins

    def person(self, principal: str) -> Person:
        """Raises ``Denied`` for a principal of another realm, for a service, and for nobody of ours."""
        local, _, realm = principal.rpartition("@")
        if realm != self.name:
            raise Denied("a principal of another realm", account=principal)
        if not local or "/" in local or "\\" in local:
            raise Denied("not the principal of a person", account=principal)
        found = self._logins.by_login(local) or self._logins.by_login(f"{local}@{realm.lower()}")
        if found is None:
            raise Denied("nobody here has this principal", account=principal)
        return found


class Tickets:
    """Takes tickets for one service. Raises ``Failure`` where the library or the keytab's key is not there."""

    def __init__(self, keytab: Path, service: str, host: str, realm: Realm) -> None:
        """``service`` is ``sip`` or ``HTTP``; the keytab has to hold a key of ``service/host@REALM``."""
        try:
            import gssapi
            from gssapi.raw.misc import GSSError
        except ImportError as error:
            raise Failure("NoKerberos", "Kerberos needs its library: pip install 'samband[kerberos]'") from error
        self._realm = realm
        principal = f"{service}/{host}@{realm.name}"
        try:
            name = gssapi.Name(principal, gssapi.NameType.kerberos_principal)
            self._credentials = gssapi.Credentials(name=name, usage="accept", store={"keytab": f"FILE:{keytab}"})
        except GSSError as error:
            text = f"{keytab} has no key of {principal} that can be used: set trust.kerberos_keytab ({_words(error)})"
            raise Failure("NoKerberos", text) from error

    def begin(self) -> Exchange:
        """A new exchange, for one client."""
        import gssapi

        return Exchange(gssapi.SecurityContext(creds=self._credentials, usage="accept"), self._realm)


class Exchange:
    """One client's exchange: ``step`` until ``person`` is there, then ``sign`` and ``verify``."""

    def __init__(self, context: gssapi.SecurityContext, realm: Realm) -> None:
        self._context = context
        self._realm = realm
        self.person: Person | None = None
        self.life = timedelta()
        """How long the ticket is good, once ``person`` is there."""

    async def step(self, token: bytes) -> bytes:
        """Take a token; what to answer with, which may be nothing. Raises ``Denied``."""
        from gssapi.raw.misc import GSSError

        if not token or len(token) > LONGEST_TOKEN:
            raise Denied("no Kerberos token")
        try:
            # On a thread: the replay cache is a file.
            answer = await asyncio.to_thread(self._context.step, token)
            if self._context.complete:
                self.person = self._realm.person(str(self._context.initiator_name))
                self.life = timedelta(seconds=min(self._context.lifetime, 2**31))
        except GSSError as error:
            raise Denied(f"Kerberos: {_words(error)}") from error
        return answer or b""

    def sign(self, text: bytes) -> bytes:
        """The server's MIC of ``text``."""
        return bytes(self._context.get_signature(text))

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is the client's MIC of ``text``."""
        from gssapi.raw.misc import GSSError

        try:
            self._context.verify_signature(text, signature)
        except GSSError:
            return False
        return True


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
