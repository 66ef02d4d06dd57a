"""Who is told of what, as it is kept for the server that comes after this one."""

from __future__ import annotations

import msgspec


class KeptSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """One dialog with a subscriber that is reached by datagrams."""

    id: str
    """Our tag in the dialog."""
    address: str
    """Whose it is: ``user@domain`` in lower case."""
    person: str
    """objectGUID."""
    peer: tuple[str, int]
    local: tuple[str, int]
    """Of the listener that heard it: to a client's firewall no other may answer."""
    request: bytes
    """The SUBSCRIBE that began it: it says what is wanted and in which form."""
    target: str
    """The subscriber's latest Contact."""
    local_cseq: int
    """Higher than that of any notification sent."""
    remote_cseq: int
    seconds: int
    """Life granted."""
    expires: float
    """Seconds since 1970."""
