"""Ports taken and paths shared by serving and administering a site."""

from __future__ import annotations

from collections.abc import Mapping

from samband.deployment.network_settings import Hosts, Listen, Listener
from samband.deployment.places import Ports
from samband.net import ports
from samband.net.http_routes import HttpRoutes
from samband.serve.trust import SideTrust


def taken_ports(listen: Listen, *, probe: bool) -> Ports:
    """The ports of every listener. With ``probe`` a free one is found for 0, and ``OSError`` raised for one in use."""

    def found(name: Listener) -> int | None:
        port = listen.port(name)
        if port is None or not probe:
            return port
        kinds = {"sip_udp": ports.UDP, "dns": ports.TCP + ports.UDP}.get(name, ports.TCP)
        return ports.take(listen.address, port, kinds)

    return Ports(
        https=found("https") or 0,
        http=found("http"),
        smtp=found("smtp"),
        submission=found("submission"),
        submissions=found("submissions"),
        sip_tls=found("sip_tls") or 0,
        sip_tcp=found("sip_tcp"),
        sip_udp=found("sip_udp"),
        sip_servers=found("sip_servers"),
        sip_federation=found("sip_federation"),
        dns=found("dns"),
    )


def add_metadata(routes: HttpRoutes, hosts: Hosts, trusts: Mapping[str, SideTrust]) -> None:
    """Serve each side's metadata document where its partners look for it."""
    if "exchange" in trusts:
        door = trusts["exchange"].metadata
        routes.add("/autodiscover/metadata/json/1", door)
        routes.add("/metadata/json/1", door, ["*", hosts.mail, hosts.autodiscover])
    if "lync" in trusts:
        routes.add("/metadata/json/1", trusts["lync"].metadata, [hosts.lync, hosts.lyncdiscover])
        if "exchange" not in trusts:
            routes.add("/metadata/json/1", trusts["lync"].metadata)
