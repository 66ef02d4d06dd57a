"""A conference that somebody is in, as it is kept for the server that comes after this one."""

from __future__ import annotations

import msgspec

from samband.model.conferences import Role


class KeptMember(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is in, by whatever client."""

    address: str
    """``user@domain`` in lower case."""
    name: str
    role: Role
    visitor: bool = False
    """Of another organisation, or a guest."""


class KeptRoom(msgspec.Struct, frozen=True, kw_only=True):
    """Who was in a conference, and what its presenters had decided."""

    organizer: str
    """objectGUID."""
    id: str
    version: int = 0
    """Of the conference; 0 where that was not noted."""
    locked: bool
    members: tuple[KeptMember, ...]
    asked: tuple[str, ...]
    """People of other organisations whom somebody who is in has asked to come."""
