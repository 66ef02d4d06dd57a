"""People as the directory knows them: attributes by their Active Directory names."""

from __future__ import annotations

import hashlib
import struct
import uuid
from dataclasses import dataclass, field

_SID_PREFIX = "S-1-5-21-"
ROOM, EQUIPMENT = 7, 8
"""``msExchRecipientDisplayType`` of what can be booked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person (or room), with the attributes both sides read.

    The Exchange side finds a SIP address only through ``proxyAddresses``; the Lync side finds a mailbox only through
    ``mail``. Addresses keep the case they were given; every comparison ignores it.
    """

    objectGUID: str
    sAMAccountName: str
    userPrincipalName: str
    displayName: str
    givenName: str = ""
    sn: str = ""
    mail: str = ""
    proxyAddresses: tuple[str, ...] = ()
    """Typed addresses: ``SMTP:`` primary, ``smtp:`` secondary, ``sip:``, ``x500:``, ``EUM:``."""
    msExchMailboxGuid: str = ""
    """Empty where the person has no mailbox here."""
    msRTCSIP_PrimaryUserAddress: str = ""
    """``sip:user@domain``, empty where the person was never enabled for Lync."""
    msRTCSIP_UserEnabled: bool = False
    msRTCSIP_FederationEnabled: bool = True
    """Whether the person speaks with other organisations, where this one does."""
    legacyExchangeDN: str = ""
    title: str = ""
    department: str = ""
    company: str = ""
    physicalDeliveryOfficeName: str = ""
    telephoneNumber: str = ""
    mobile: str = ""
    thumbnailPhoto: bytes = field(default=b"", repr=False)
    enabled: bool = True
    """False where the account may not sign in."""
    msExchHideFromAddressLists: bool = False
    """Whether nobody finds the person by searching; whoever knows an address still writes to it."""
    msExchRecipientDisplayType: int = 0
    """``ROOM``, ``EQUIPMENT``; anything else is somebody."""
    msExchResourceCapacity: int = 0
    """How many people a room holds; 0: not said."""
    msExchResourceMetaData: tuple[str, ...] = ()
    """``ResourceType:Room`` or ``ResourceType:Equipment``."""
    msExchResourceDisplay: str = ""

    msExchArchiveGUID: str = ""
    """The mailbox that is the person's in-place archive; empty where there is none."""
    msExchArchiveName: str = ""
    """What clients call it; empty: the usual name."""
    msExchDisabledArchiveGUID: str = ""
    """The archive that was disabled, and that the person gets back when one is enabled again."""

    @property
    def archive_name(self) -> str:
        """What clients call the archive."""
        return self.msExchArchiveName or f"In-Place Archive - {self.displayName}"

    @property
    def is_room(self) -> bool:
        """Whether it is a room."""
        return self.msExchRecipientDisplayType == ROOM

    @property
    def is_resource(self) -> bool:
        """Whether it is a room or a piece of equipment: something that is booked and answers by itself."""
        return self.msExchRecipientDisplayType in (ROOM, EQUIPMENT)

    @property
    def photo_hash(self) -> str:
        """What changes with ``thumbnailPhoto``: 32 hex digits; empty where there is none."""
        return hashlib.sha256(self.thumbnailPhoto).hexdigest()[:32] if self.thumbnailPhoto else ""

    @property
    def objectSid(self) -> str:
        """The security identifier, which is the objectGUID in another form: this directory has no Windows domain."""
        words = struct.unpack("<4I", uuid.UUID(self.objectGUID).bytes_le)
        return _SID_PREFIX + "-".join(map(str, words))

    @property
    def primary_smtp(self) -> str:
        """The address after ``SMTP:`` in ``proxyAddresses``, else empty."""
        return next((address[5:] for address in self.proxyAddresses if address.startswith("SMTP:")), "")

    @property
    def smtp_addresses(self) -> tuple[str, ...]:
        """Every SMTP address of ``proxyAddresses``, the primary first."""
        found = [address[5:] for address in self.proxyAddresses if address[:5].lower() == "smtp:"]
        return tuple(sorted(found, key=lambda address: address != self.primary_smtp))

    @property
    def proxy_sip(self) -> str:
        """The SIP address the Exchange side sees: ``user@domain`` from ``proxyAddresses``, else empty."""
        return next((address[4:] for address in self.proxyAddresses if address[:4].lower() == "sip:"), "")

    @property
    def sip(self) -> str:
        """The SIP address the Lync side sees, ``user@domain`` without scheme, else empty."""
        return self.msRTCSIP_PrimaryUserAddress[4:] if self.msRTCSIP_UserEnabled else ""


def guid_of_sid(sid: str) -> str:
    """The objectGUID behind an ``objectSid``; empty where ``sid`` is nobody's."""
    words = sid.upper().removeprefix(_SID_PREFIX).split("-")
    if len(words) != 4 or not all(word.isascii() and word.isdigit() and len(word) <= 10 for word in words):
        return ""
    numbers = [int(word) for word in words]
    if max(numbers) > 0xFFFFFFFF:
        return ""
    return str(uuid.UUID(bytes_le=struct.pack("<4I", *numbers)))
