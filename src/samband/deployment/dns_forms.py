"""The records of a site in the forms that administrators' tools read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from samband.deployment.dns_records import Record


def zone_file(records: Sequence[Record], zones: Sequence[str]) -> str:
    """Lines of a master file [RFC1035 5.1], each with whom it serves."""
    lines = [
        f"{one.owner + '.':44} {one.ttl:6} IN {one.kind:5} {_data(one):40} ; {one.need}: {one.purpose}"
        for one in records
    ]
    return "\n".join([f"; records of {', '.join(zones)}", *lines])


def nsupdate(records: Sequence[Record], zones: Sequence[str]) -> str:
    """A script for ``nsupdate``; the server and the key are the caller's."""
    lines: list[str] = []
    for zone in zones:
        mine = [one for one in records if zone_of(one.owner, zones) == zone]
        lines.append(f"zone {zone}.")
        for one in mine:
            lines.append(f"update delete {one.owner}. {one.kind}")
            lines.append(f"update add {one.owner}. {one.ttl} {one.kind} {_data(one)}")
        lines.append("send")
    return "\n".join(lines)


def powershell(records: Sequence[Record], zones: Sequence[str]) -> str:
    """Commands of the DnsServer module of Windows Server."""
    return "\n".join(_command(one, zone_of(one.owner, zones)) for one in records)


def hosts_file(records: Sequence[Record], _: Sequence[str]) -> str:
    """One line a name, for a lab; a hosts file holds no SRV records, and says so."""
    lines = [f"{one.value:16} {one.owner}" for one in records if one.kind in ("A", "AAAA")]
    left_out = sum(1 for one in records if one.kind == "SRV")
    return "\n".join([*lines, f"# {left_out} SRV records cannot stand in a hosts file"])


FORMS: dict[str, Callable[[Sequence[Record], Sequence[str]], str]] = {
    "zone": zone_file,
    "nsupdate": nsupdate,
    "powershell": powershell,
    "hosts": hosts_file,
}
"""Form -> the text of (records, zones)."""


def zone_of(owner: str, zones: Sequence[str]) -> str:
    """The longest of ``zones`` that ``owner`` is in; its parent where it is in none."""
    inside = [zone for zone in zones if owner == zone or owner.endswith(f".{zone}")]
    return max(inside, key=len) if inside else owner.partition(".")[2]


def _data(record: Record) -> str:
    return f"{record.value}." if record.kind in ("SRV", "CNAME") else record.value


def _command(record: Record, zone: str) -> str:
    name = record.owner.removesuffix(zone).rstrip(".") or "@"
    common = f'-ZoneName "{zone}" -Name "{name}" -TimeToLive {_span(record.ttl)}'
    if record.kind == "SRV":
        service = record.service
        data = f"-Priority {service.priority} -Weight {service.weight} -Port {service.port}"
        return f'Add-DnsServerResourceRecord -Srv {common} {data} -DomainName "{service.target}."'
    option = "-IPv6Address" if record.kind == "AAAA" else "-IPv4Address"
    return f'Add-DnsServerResourceRecord{record.kind} {common} {option} "{record.value}"'


def _span(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}"
