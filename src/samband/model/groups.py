"""Distribution groups as the directory knows them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group, by its Active Directory attributes. Mail to ``mail`` goes to every member's mailbox."""

    objectGUID: str
    sAMAccountName: str
    displayName: str
    mail: str
    member: tuple[str, ...] = ()
    """objectGUIDs of people and of other groups, in order."""
