"""Where somebody is signed in, as it is kept for the server that comes after this one."""

from __future__ import annotations

import msgspec


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint that is reached by datagrams."""

    address: str
    """``user@domain`` in lower case."""
    key: str
    """Tells the endpoints of one address apart."""
    person: str
    """objectGUID."""
    contact: str
    peer: tuple[str, int]
    local: tuple[str, int]
    """Of the listener that heard it: to a client's firewall no other may answer."""
    call_id: str
    cseq: int
    epid: str
    instance: str
    supported: tuple[str, ...]
    agent: str
    expires: float
    """Seconds since 1970."""
    reg_id: int = 0
    """Which of several flows of one client it is."""
