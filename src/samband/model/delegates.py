"""Who acts for the owner of a mailbox [MS-OXWSDLGM]."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class DeliverMeetingRequests(StrEnum):
    """Who gets requests and other messages about the owner's meetings."""

    DELEGATES_ONLY = "DelegatesOnly"
    DELEGATES_AND_ME = "DelegatesAndMe"
    DELEGATES_AND_INFORMATION = "DelegatesAndSendInformationToMe"
    """The delegates; the owner is only informed."""
    NO_FORWARD = "NoForward"


class Delegate(msgspec.Struct, frozen=True, kw_only=True):
    """A person by objectGUID, and what they have beside their permissions on folders."""

    guid: str
    receive_copies: bool = False
    """Whether they get the messages about the owner's meetings that go to delegates."""
    view_private_items: bool = False
