"""Guests: people without an account, who are in one meeting and nowhere else."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from samband.model.failures import Failure
from samband.model.people import Person

DOMAIN = "anonymous.invalid"
"""The domain of guests' addresses [MS-SIPAE 3.2.4.3]."""
MARK = " (guest)"
"""What every guest's name ends with, and nobody else's."""
LONGEST_NAME = 48
_NEVER = ("C", "Zl", "Zp")
"""Categories of characters that no name holds: control, format and private ones, and ends of lines."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Who may be in one meeting: ``id`` is a random word of hex digits, ``organizer`` an objectGUID.

    ``knows`` tells the passcode that was shown from other ones; empty where none was needed.
    """

    id: str
    organizer: str
    conference: str
    knows: bytes = b""

    @property
    def address(self) -> str:
        """``user@domain``."""
        return f"{self.id}@{DOMAIN}"

    def person(self, name: str = "Guest") -> Person:
        """The guest as somebody with an address; the directory knows nothing of them."""
        return Person(
            objectGUID=f"guest {self.id}",
            sAMAccountName="",
            userPrincipalName="",
            displayName=name,
            msRTCSIP_PrimaryUserAddress=f"sip:{self.address}",
            msRTCSIP_UserEnabled=True,
            msRTCSIP_FederationEnabled=False,
        )


def is_guest(address: str) -> bool:
    """Whether ``user@domain`` is a guest's."""
    return address.endswith(f"@{DOMAIN}")


def guest_name(text: str) -> str:
    """The name a guest is shown by: what they call themselves, on one line, and the mark. Raises ``Failure``."""
    folded = unicodedata.normalize("NFKC", text)
    shown = "".join(one for one in folded if not unicodedata.category(one).startswith(_NEVER) or one in "\t\r\n")
    name = " ".join(shown.split())
    while name.casefold().endswith(MARK.strip()):
        name = name[: -len(MARK.strip())].rstrip()
    if not name:
        raise Failure("BadRequest", "A guest needs a name")
    if len(name) > LONGEST_NAME:
        raise Failure("BadRequest", f"A guest's name has at most {LONGEST_NAME} characters")
    return name + MARK
