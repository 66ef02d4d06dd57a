"""``mediaRelayAccessToken``: where clients relay their media, and by which name and password."""

from __future__ import annotations

from samband.lync.actions.media_relay import MediaRelay
from samband.lync.ucwa.part import Place
from samband.wire.ucwa.resources import Resource, embedding, resource, write_date

REL = "mediaRelayAccessToken"
_PORTS = {"turn": 3478, "turns": 5349}
"""Where a relay is that names no port [RFC7065 3.2]."""


def relay_token(place: Place, relay: MediaRelay) -> Resource:
    """Fresh credentials, and every relay that they are good for."""
    here = place.link("communication", REL)
    good = relay.credentials(place.address)
    values = {
        "userName": good.username,
        "password": good.password,
        "duration": int(good.lifetime.total_seconds() // 60),
        "validUntil": write_date(place.verbs.clock() + good.lifetime),
        "uri": f"sip:{place.address}",
    }
    relays = [
        resource("mediaRelay", {"self": f"{here}/{number}"}, _shown(url)) for number, url in enumerate(good.urls, 1)
    ]
    return embedding(resource(REL, {"self": here}, values), {"mediaRelay": relays})


def _shown(url: str) -> dict[str, object]:
    """A ``turn:`` or ``turns:`` address; -1: not by this transport."""
    scheme, _, rest = url.partition(":")
    where, _, query = rest.partition("?")
    host, colon, port = where.rpartition(":")
    if not colon or not port.isdigit():
        host, port = where, str(_PORTS.get(scheme, _PORTS["turn"]))
    by_tcp = scheme == "turns" or "transport=tcp" in query
    return {
        "host": host,
        "location": "Internet",
        "tcpPort": int(port) if by_tcp else -1,
        "udpPort": -1 if by_tcp else int(port),
    }
