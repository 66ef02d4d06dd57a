"""Making a person of a name, as an administrator's tool would stamp the attributes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import replace

from samband.model.people import EQUIPMENT, ROOM, Person

_GROUP = "Exchange Administrative Group (FYDIBOHF23SPDLT)"


def new_person(
    domain: str,
    name: str,
    random_bytes: Callable[[int], bytes],
    *,
    display_name: str = "",
    mailbox: bool = True,
    lync: bool = True,
) -> Person:
    """A person with login ``name`` and address ``name@domain`` for UPN, mail and SIP alike.

    ``mailbox`` and ``lync`` say which of the two systems the person is enabled for; the address each stamps into
    ``proxyAddresses`` is there only then. ``random_bytes(n)`` gives the GUIDs.
    """
    address = f"{name}@{domain}"
    given, _, family = (display_name or name.capitalize()).partition(" ")
    proxies = [f"SMTP:{address}"] if mailbox else []
    if lync:
        proxies.append(f"sip:{address}")
    return Person(
        objectGUID=_guid(random_bytes),
        sAMAccountName=name,
        userPrincipalName=address,
        displayName=display_name or name.capitalize(),
        givenName=given,
        sn=family,
        mail=address if mailbox else "",
        proxyAddresses=tuple(proxies),
        msExchMailboxGuid=_guid(random_bytes) if mailbox else "",
        msRTCSIP_PrimaryUserAddress=f"sip:{address}" if lync else "",
        msRTCSIP_UserEnabled=lync,
        legacyExchangeDN=_legacy_dn(domain, name, random_bytes) if mailbox else "",
        company=_organisation(domain),
    )


def new_resource(
    domain: str,
    name: str,
    random_bytes: Callable[[int], bytes],
    *,
    display_name: str = "",
    capacity: int = 0,
    equipment: bool = False,
) -> Person:
    """A room, or a piece of equipment: a mailbox whose account may not sign in and that answers by itself."""
    kind = "Equipment" if equipment else "Room"
    person = new_person(domain, name, random_bytes, display_name=display_name, lync=False)
    return replace(
        person,
        givenName="",
        sn="",
        enabled=False,
        msExchRecipientDisplayType=EQUIPMENT if equipment else ROOM,
        msExchResourceCapacity=capacity,
        msExchResourceMetaData=(f"ResourceType:{kind}",),
        msExchResourceDisplay=kind,
    )


def _guid(random_bytes: Callable[[int], bytes]) -> str:
    return str(uuid.UUID(bytes=random_bytes(16), version=4))


def _organisation(domain: str) -> str:
    return domain.partition(".")[0].capitalize()


def _legacy_dn(domain: str, name: str, random_bytes: Callable[[int], bytes]) -> str:
    alias = re.sub(r"[^A-Za-z0-9]", "", name)
    recipient = f"{random_bytes(16).hex()}-{alias}"
    return f"/o={_organisation(domain)}/ou={_GROUP}/cn=Recipients/cn={recipient}"
