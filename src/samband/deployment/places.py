"""Where a running site is found: addresses of its listeners, URLs, DNS names and SRV records."""

from __future__ import annotations

from dataclasses import dataclass

from samband.deployment.settings import Site


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
        """``host:port`` of a listener, None where it is off."""
        return None if port is None else f"{self.site.listen.address}:{port}"

    @property
    def hosts(self) -> dict[str, str]:
        """Every name that leads here -> the address."""
        names = self.site.host_names
        found = [getattr(names, field) for field in names.__struct_fields__]
        for domain in self.site.organisation.all_sip_domains:
            found += [f"lyncdiscover.{domain}", f"lyncdiscoverinternal.{domain}", f"sip.{domain}", f"meet.{domain}"]
        for domain in self.site.organisation.accepted_domains:
            found.append(f"autodiscover.{domain}")
        return {name.lower(): self.site.listen.address for name in dict.fromkeys(found)}

    @property
    def srv(self) -> dict[str, dict[str, str | int]]:
        """SRV owner -> target and port."""
        names = self.site.host_names
        records: dict[str, dict[str, str | int]] = {}
        for domain in self.site.organisation.all_sip_domains:
            records[f"_sipinternaltls._tcp.{domain}"] = {"target": names.lync, "port": self.ports.sip_tls}
            records[f"_sip._tls.{domain}"] = {"target": names.lync, "port": self.ports.sip_tls}
            if self.ports.sip_tcp is not None:
                records[f"_sipinternal._tcp.{domain}"] = {"target": names.lync, "port": self.ports.sip_tcp}
        for domain in self.site.organisation.accepted_domains:
            records[f"_autodiscover._tcp.{domain}"] = {"target": names.autodiscover, "port": self.ports.https}
        return records
