"""What makes instant messaging work in OWA: a setting on each side."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from samband.model.failures import Failure

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_APPLICATION = re.compile(r"[A-Za-z0-9_.-]{1,64}")
OWA_APPLICATION, OWA_PORT = "OutlookWebApp", 5199
"""The identifier and the port that are usual for OWA."""


class OwaVirtualDirectory(msgspec.Struct, frozen=True, kw_only=True):
    """The instant messaging of the OWA virtual directory, as ``Set-OwaVirtualDirectory`` has it."""

    instant_messaging_enabled: bool = True
    instant_messaging_type: Literal["None", "OCS"] = "None"
    instant_messaging_server_name: str = ""
    """The Lync pool: its host, or ``HOST:PORT`` where servers come to another port than is usual; empty: no instant
    messaging."""

    @property
    def missing(self) -> tuple[str, ...]:
        """What keeps instant messaging from working, setting by setting."""
        wanted = (
            (self.instant_messaging_enabled, "InstantMessagingEnabled is false"),
            (self.instant_messaging_type == "OCS", "InstantMessagingType is not OCS"),
            (bool(self.instant_messaging_server_name), "InstantMessagingServerName is empty"),
        )
        return tuple(why for there, why in wanted if not there)


class TrustedApplication(msgspec.Struct, frozen=True, order=True):
    """A server application that the Lync side trusts, as ``New-CsTrustedApplication`` has it.

    Whoever shows a certificate with the name ``pool_fqdn`` speaks for people without their passwords.
    """

    pool_fqdn: str
    application_id: str = OWA_APPLICATION
    port: int = OWA_PORT


def checked_host(text: str) -> str:
    """A host name in lower case. Raises ``Failure`` ``InvalidName``."""
    if not _HOST.fullmatch(text) or len(text) > 253:
        raise Failure("InvalidName", f"{text!r} is not a host name, such as lync.contoso.com")
    return text.lower()


def checked_pool(text: str) -> tuple[str, int | None]:
    """Host and port of ``HOST`` or ``HOST:PORT``; None where no port is named. Raises ``Failure``."""
    host, colon, port = text.partition(":")
    if not colon:
        return checked_host(host), None
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise Failure("InvalidPort", f"{port!r} is not a port from 1 to 65535")
    return checked_host(host), int(port)


def checked_application(pool_fqdn: str, application_id: str, port: int) -> TrustedApplication:
    """An application with everything as it may be. Raises ``Failure``."""
    if not _APPLICATION.fullmatch(application_id):
        raise Failure(
            "InvalidName", f"{application_id!r} is not an application id: letters, digits, - _ . and no blank"
        )
    if not 0 < port < 65536:
        raise Failure("InvalidPort", f"{port} is not a port from 1 to 65535")
    return TrustedApplication(checked_host(pool_fqdn), application_id, port)
