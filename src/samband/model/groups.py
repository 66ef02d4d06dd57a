"""Distribution groups as the directory knows them."""

from __future__ import annotations

from dataclasses import dataclass

DISTRIBUTION_GROUP, ROOM_LIST = 256, 268435456
"""``msExchRecipientTypeDetails`` of groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group, by its Active Directory attributes. Mail to ``mail`` goes to every member's mailbox."""

    objectGUID: str
    sAMAccountName: str
    displayName: str
    mail: str
    msExchRecipientTypeDetails: int = DISTRIBUTION_GROUP
    member: tuple[str, ...] = ()
    """objectGUIDs of people and of other groups, in order."""

    @property
    def is_room_list(self) -> bool:
        """Whether it is a list of rooms, as clients offer them for meetings."""
        return self.msExchRecipientTypeDetails == ROOM_LIST
