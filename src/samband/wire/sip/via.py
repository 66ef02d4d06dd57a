"""The Via field: where a response goes [RFC3261 18.2, 20.42; RFC3581]."""

from __future__ import annotations

from samband.wire.sip.address import parse_params, split_list
from samband.wire.sip.native import in_c
from samband.wire.sip.uri import BadUri, split_hostport


@in_c
def mark_source(via: str, peer: tuple[str, int]) -> str | None:
    """The topmost Via with ``received`` and ``rport`` as its receiver puts them; None where it may stay as it is."""
    host, port = peer
    wanted = "rport" in via and _asks_port(via)
    if not wanted and (f" {host}:" in via or f" {host};" in via or sent_by(via)[0] == host):
        return None
    head, comma, rest = via.partition(",")
    if wanted:
        before, _, after = head.partition(";rport")
        head = f"{before};rport={port}{after}"
    if ";received=" not in head:
        head = f"{head};received={host}"
    return head + comma + rest if comma else head


def _asks_port(via: str) -> bool:
    """Whether the topmost Via has ``rport`` without a value."""
    end = via.find(";rport") + 6
    return end > 5 and via[end : end + 1] in ("", ";", ",", " ")


@in_c
def branch_in(via: str) -> str:
    """The branch of the first element of a Via value, empty where it has none."""
    start = via.find(";branch=") + 8
    if start < 8:
        return ""
    end = via.find(";", start)
    branch = via[start:] if end < 0 else via[start:end]
    return branch.partition(",")[0].rstrip() if "," in branch else branch


def sent_by(via: str) -> tuple[str, int | None]:
    """Host (lower case) and port of a Via value; an empty host where it cannot be read."""
    place = via.partition(";")[0].strip().rpartition(" ")[2]
    try:
        return split_hostport(place)
    except BadUri:
        return "", None


def reply_port(via: str) -> int | None:
    """The port that responses over UDP go to: rport, else that of sent-by, else 5060; None where it is unreadable."""
    head, _, tail = (*split_list(via), "")[0].partition(";")
    rport = parse_params(tail).get("rport", "")
    if rport:
        return int(rport) if rport.isascii() and rport.isdigit() and len(rport) < 6 else None
    host, port = sent_by(head)
    return (port or 5060) if host else None
