"""Where a running site is found: addresses of its listeners, URLs, DNS names and SRV records."""

from __future__ import annotations

from dataclasses import dataclass

from samband.deployment.settings import Site

_LYNC_NAMES = ("lyncdiscover", "lyncdiscoverinternal", "sip", "sipinternal", "meet")


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports really taken; None where a listener is off."""

    https: int
    http: int | None
    smtp: int | None
    submission: int | None
    submissions: int | None
    sip_tls: int
    sip_tcp: int | None
    sip_udp: int | None
    dns: int | None = None
    sip_servers: int | None = None
    sip_federation: int | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """A site, as found from outside."""

    site: Site
    ports: Ports

    def https(self, host: str) -> str:
        """``https://host``, with the port where it is not 443."""
        return f"https://{host}" if self.ports.https == 443 else f"https://{host}:{self.ports.https}"

    @property
    def ews_url(self) -> str:
        return f"{self.https(self.site.host_names.mail)}/EWS/Exchange.asmx"

    @property
    def owa_url(self) -> str:
        """The web client."""
        return f"{self.https(self.site.host_names.mail)}/owa/"

    @property
    def autodiscover_url(self) -> str:
        """The POX address; the SOAP one ends in ``.svc``."""
        return f"{self.https(self.site.host_names.autodiscover)}/autodiscover/autodiscover.xml"

    @property
    def autodiscover_service_url(self) -> str:
        return f"{self.https(self.site.host_names.autodiscover)}/autodiscover/autodiscover.svc"

    @property
    def exchange_autodiscover_url(self) -> str:
        """Where the Lync side asks for mailboxes; empty where it asks nobody."""
        url = self.site.oauth.exchange_autodiscover_url
        return self.autodiscover_service_url if url == "own" else url

    @property
    def resolver(self) -> str:
        """``address:port`` of the server that the site asks for names; empty: those that the machine asks."""
        return self._name_server(self.site.dns.resolver)

    @property
    def update_server(self) -> str:
        """``address:port`` of the server that takes changes of the site's records; empty: none."""
        return self._name_server(self.site.dns.update_server)

    def _name_server(self, setting: str) -> str:
        if setting != "own":
            return setting
        return self.address(self.ports.dns) or ""

    @property
    def zones(self) -> tuple[str, ...]:
        """The domains whose records are the site's: none of them inside another."""
        organisation = self.site.organisation
        domains = dict.fromkeys((*organisation.accepted_domains, *organisation.all_sip_domains))
        return tuple(one for one in domains if not any(one.endswith(f".{other}") for other in domains))

    @property
    def metadata_urls(self) -> tuple[str, str]:
        """The authentication metadata documents of the Exchange side and of the Lync side."""
        hosts = self.site.host_names
        exchange = f"{self.https(hosts.autodiscover)}/autodiscover/metadata/json/1"
        return exchange, f"{self.https(hosts.lync)}/metadata/json/1"

    @property
    def web_url(self) -> str:
        """The web services of the Lync side."""
        return self.https(self.site.host_names.lync)

    def address(self, port: int | None) -> str | None:
        """``host:port`` of a listener (``[host]:port`` of an IPv6 one), None where it is off."""
        host = self.site.listen.address
        return None if port is None else f"{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def hosts(self) -> dict[str, str]:
        """Every name that leads here -> the address."""
        names = self.site.host_names
        found = [getattr(names, field) for field in names.__struct_fields__]
        for domain in self.site.organisation.all_sip_domains:
            found += [f"{name}.{domain}" for name in _LYNC_NAMES]
        for domain in self.site.organisation.accepted_domains:
            found.append(f"autodiscover.{domain}")
        return {name.lower(): self.site.listen.address for name in dict.fromkeys(found)}

    @property
    def origins(self) -> frozenset[str]:
        """What browsers call the origins of the site's own pages."""
        return frozenset(self.https(host) for host in self.hosts)

    @property
    def srv(self) -> dict[str, dict[str, str | int]]:
        """SRV owner -> target and port. A target stays in its owner's domain: clients match names strictly."""
        records: dict[str, dict[str, str | int]] = {}
        for domain in self.site.organisation.all_sip_domains:
            for owner in (f"_sip._tls.{domain}", f"_sipfederationtls._tcp.{domain}", f"_sipinternaltls._tcp.{domain}"):
                records[owner] = {"target": f"sip.{domain}", "port": self.ports.sip_tls}
            if self.ports.sip_federation is not None:
                records[f"_sipfederationtls._tcp.{domain}"]["port"] = self.ports.sip_federation
            if self.ports.sip_tcp is not None:
                records[f"_sipinternal._tcp.{domain}"] = {"target": f"sip.{domain}", "port": self.ports.sip_tcp}
        for domain in self.site.organisation.accepted_domains:
            records[f"_autodiscover._tcp.{domain}"] = {"target": f"autodiscover.{domain}", "port": self.ports.https}
        return records
