"""Zones a site answers for itself: questions [RFC1034 4.3.2] and dynamic updates [RFC2136 3] against them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.node
import dns.rcode
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.rrset
import dns.update
import dns.zone

_LONGEST_CHAIN = 8
_EMPTY = "@ 60 IN SOA ns hostmaster 1 3600 600 86400 60\n@ 60 IN NS ns\n"


class Zones:
    """The zones of one server, each in a master file of ``folder``."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self._folder = folder
        self._zones: dict[dns.name.Name, dns.zone.Zone] = {}
        for name in names:
            zone = self._load(name)
            self._zones[dns.name.from_text(name)] = zone

    def _load(self, name: str) -> dns.zone.Zone:
        try:
            text = self._file(name).read_text("utf-8")
        except FileNotFoundError:
            text = _EMPTY
        return dns.zone.from_text(text, origin=name, relativize=False, check_origin=False)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name.lower()}.zone"

    def _zone_of(self, name: dns.name.Name) -> tuple[dns.name.Name, dns.zone.Zone] | None:
        while True:
            if name in self._zones:
                return name, self._zones[name]
            if name == dns.name.root:
                return None
            name = name.parent()

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        """The answer to a question; REFUSED for what these zones do not hold."""
        response = dns.message.make_response(query)
        if len(query.question) != 1:
            response.set_rcode(dns.rcode.FORMERR)
            return response
        asked = query.question[0]
        held = self._zone_of(asked.name)
        if held is None or asked.rdclass != dns.rdataclass.IN:
            response.set_rcode(dns.rcode.REFUSED)
            return response
        response.flags |= dns.flags.AA
        self._follow(response, asked.name, asked.rdtype)
        if not response.answer or response.answer[-1].rdtype == dns.rdatatype.CNAME != asked.rdtype:
            origin, zone = held
            response.authority.append(_rrset(origin, zone.get_rdataset(origin, dns.rdatatype.SOA)))
        return response

    def _follow(self, response: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> None:
        for _ in range(_LONGEST_CHAIN):
            held = self._zone_of(name)
            node = None if held is None else held[1].get_node(name)
            if held is not None and node is None and not _has_below(held[1], name):
                response.set_rcode(dns.rcode.NXDOMAIN)
            if node is None:
                return
            found = node.get_rdataset(dns.rdataclass.IN, kind)
            if found is not None:
                response.answer.append(_rrset(name, found))
                return
            alias = node.get_rdataset(dns.rdataclass.IN, dns.rdatatype.CNAME)
            if alias is None:
                return
            response.answer.append(_rrset(name, alias))
            name = alias[0].target

    def update(self, message: dns.update.UpdateMessage) -> dns.rcode.Rcode:
        """Do what an update whose signature was checked asks for: all of it, on disk, or nothing."""
        origin = message.zone[0].name
        zone = self._zones.get(origin)
        if zone is None:
            return dns.rcode.NOTAUTH
        if any(not name.is_subdomain(origin) for name in _names(message)):
            return dns.rcode.NOTZONE
        for condition in message.prerequisite:
            if (refusal := _unmet(zone, condition)) is not None:
                return refusal
        draft = dns.zone.from_text(_text(zone), origin=origin, relativize=False, check_origin=False)
        for change in message.update:
            _apply(draft, origin, change)
        _count_up(draft, origin)
        self._keep(origin.to_text(omit_final_dot=True), draft)
        self._zones[origin] = draft
        return dns.rcode.NOERROR

    def _keep(self, name: str, zone: dns.zone.Zone) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._file(name)
        draft = path.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as file:
            file.write(_text(zone))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _text(zone: dns.zone.Zone) -> str:
    return str(zone.to_text(relativize=False))


def _rrset(name: dns.name.Name, found: dns.rdataset.Rdataset | None) -> dns.rrset.RRset:
    assert found is not None
    return dns.rrset.from_rdata_list(name, found.ttl, list(found))


def _has_below(zone: dns.zone.Zone, name: dns.name.Name) -> bool:
    """Whether ``name`` exists only for the names below it [RFC8020 2]."""
    return any(other.is_subdomain(name) for other in zone)


def _names(message: dns.update.UpdateMessage) -> list[dns.name.Name]:
    return [rrset.name for section in (message.prerequisite, message.update) for rrset in section]


def _unmet(zone: dns.zone.Zone, condition: dns.rrset.RRset) -> dns.rcode.Rcode | None:
    """How a prerequisite fails [RFC2136 3.2], None where it holds."""
    node = zone.get_node(condition.name)
    any_kind = condition.rdtype == dns.rdatatype.ANY
    found = None if node is None or any_kind else node.get_rdataset(dns.rdataclass.IN, condition.rdtype)
    there = node is not None if any_kind else found is not None
    if condition.deleting == dns.rdataclass.NONE:
        return (dns.rcode.YXDOMAIN if any_kind else dns.rcode.YXRRSET) if there else None
    if condition.deleting == dns.rdataclass.ANY:
        return None if there else (dns.rcode.NXDOMAIN if any_kind else dns.rcode.NXRRSET)
    return None if found is not None and set(found) == set(condition) else dns.rcode.NXRRSET


def _apply(zone: dns.zone.Zone, origin: dns.name.Name, change: dns.rrset.RRset) -> None:
    """One change of the update section [RFC2136 3.4.2]; the zone's own SOA and NS records stay."""
    name, kind = change.name, change.rdtype
    apex = name == origin and kind in (dns.rdatatype.SOA, dns.rdatatype.NS, dns.rdatatype.ANY)
    if change.deleting is None:
        if not (name == origin and kind == dns.rdatatype.SOA):
            _add(zone, change)
        return
    node = zone.get_node(name)
    if node is None or apex:
        return
    if kind == dns.rdatatype.ANY:
        zone.delete_node(name)
        return
    kept = node.get_rdataset(dns.rdataclass.IN, kind)
    if kept is None:
        return
    left = [] if change.deleting == dns.rdataclass.ANY else [data for data in kept if data not in change]
    zone.delete_rdataset(name, kind)
    if left:
        zone.replace_rdataset(name, dns.rdataset.from_rdata_list(kept.ttl, left))
    remaining = zone.get_node(name)
    if remaining is not None and not remaining.rdatasets:
        zone.delete_node(name)


def _add(zone: dns.zone.Zone, change: dns.rrset.RRset) -> None:
    kept = zone.find_rdataset(change.name, change.rdtype, create=True)
    for data in change:
        kept.add(data, change.ttl)
    kept.ttl = change.ttl


def _count_up(zone: dns.zone.Zone, origin: dns.name.Name) -> None:
    soa = zone.find_rdataset(origin, dns.rdatatype.SOA)
    later = soa[0].replace(serial=(soa[0].serial + 1) % 2**32)
    zone.replace_rdataset(origin, dns.rdataset.from_rdata_list(soa.ttl, [later]))
