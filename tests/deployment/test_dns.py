"""The records a site needs, their forms, and what is said of a DNS that has them otherwise."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import dns.rdatatype
import dns.zone
import pytest

from samband.deployment.dns_check import findings, look_up
from samband.deployment.dns_forms import hosts_file, nsupdate, powershell, zone_file
from samband.deployment.dns_records import Record, needed
from samband.deployment.findings import Weight, finding_text
from samband.deployment.network_settings import Dns, Listen
from samband.deployment.places import Places, Ports
from samband.deployment.setting_forms import SettingError
from samband.deployment.settings import Organisation, Roles, Site
from samband.wire.dns import Kind, Lookup, Outcome

PORTS = Ports(https=443, http=80, smtp=25, submission=None, submissions=None, sip_tls=5061, sip_tcp=5060, sip_udp=5060)


def places(**tables: object) -> Places:
    organisation = Organisation(name="Contoso", domain="contoso.test", sip_domains=("fabrikam.test",))
    site = Site(**{"organisation": organisation, "listen": Listen(address="192.0.2.1"), **tables})  # type: ignore[arg-type]
    return Places(site, PORTS)


def test_addresses_of_listeners_stand_in_urls_as_they_are() -> None:
    assert places().address(443) == "192.0.2.1:443"
    assert places(listen=Listen(address="2001:db8::1")).address(443) == "[2001:db8::1]:443"
    assert places().address(None) is None


class Table:
    """A DNS that is a dictionary."""

    def __init__(self, records: list[Record]) -> None:
        self.held = {(one.owner, one.kind): (one.value,) for one in records}

    async def lookup(self, name: str, kind: Kind) -> Lookup:
        found = self.held.get((name, kind))
        return Lookup(Outcome.NO_NAME) if found is None else Lookup(Outcome.FOUND, found)

    async def addresses(self, name: str) -> tuple[str, ...]:
        return self.held.get((name, "A"), ())


def named(table: Table) -> dict[str, str]:
    return {one.name: one.cause for one in findings(asyncio.run(look_up(needed(places()), table)))}


def test_a_dns_as_planned_has_nothing_wrong() -> None:
    assert named(Table(needed(places()))) == {}


def test_every_record_that_is_missing_is_named() -> None:
    records = needed(places())
    for one in records:
        table = Table([other for other in records if other != one])
        causes = list(named(table).values())
        assert any(cause.startswith(f"{one.owner} {one.kind}: there is no such record") for cause in causes), one


def test_article_and_weight_follow_what_fails() -> None:
    found = {one.name: one for one in findings(asyncio.run(look_up(needed(places()), Table([]))))}
    assert (found["dns.lyncdiscover"].article, found["dns.lyncdiscover"].weight) == ("2565604", Weight.FAULT)
    assert found["dns.sipfederationtls-srv"].article == "2565604"
    assert found["dns.autodiscover"].article == "2787614"
    assert found["dns.sipinternaltls-srv"].weight is Weight.WARNING
    assert finding_text(found["dns.lyncdiscover"]).startswith("fault dns.lyncdiscover (step 1, KB 2565604)\n")


WRONG = [
    (("lyncdiscover.contoso.test", "A"), "192.0.2.77", "leads to 192.0.2.77 instead of 192.0.2.1"),
    (("_sip._tls.contoso.test", "SRV"), "0 0 443 sip.contoso.test", "names port 443 instead of 5061"),
    (("_sip._tls.contoso.test", "SRV"), "0 0 443 sipdir.online.example", "is not in contoso.test"),
    (("_sip._tls.contoso.test", "SRV"), "0 0 5061 gone.contoso.test", "gone.contoso.test does not resolve"),
    (("_sip._tls.contoso.test", "SRV"), "0 0 5061 mail.contoso.test", "names mail.contoso.test instead of"),
    (("_sip._tls.contoso.test", "SRV"), "nonsense", "cannot be read"),
]


@pytest.mark.parametrize(("key", "value", "cause"), WRONG)
def test_a_wrong_record_is_named_with_what_is_wrong(key: tuple[str, Kind], value: str, cause: str) -> None:
    table = Table(needed(places()))
    table.held[key] = (value,)
    (said,) = named(table).values()
    assert cause in said


def test_services_stay_in_their_own_domain() -> None:
    services = [one for one in needed(places()) if one.kind == "SRV"]
    assert {one.owner.split(".", 2)[2] for one in services} == {"contoso.test", "fabrikam.test"}
    assert all(one.service.target.endswith(one.owner.split(".", 2)[2]) for one in services)


def test_a_side_that_does_not_run_needs_no_records() -> None:
    owners = {one.owner for one in needed(places(roles=Roles(lync=False)))}
    assert owners == {"mail.contoso.test", "autodiscover.contoso.test", "_autodiscover._tcp.contoso.test"}


def test_an_address_that_is_none_is_asked_for() -> None:
    with pytest.raises(SettingError, match=r"dns\.address"):
        needed(places(listen=Listen(address="0.0.0.0")))
    records = needed(places(listen=Listen(address="::"), dns=Dns(address="2001:db8::1")))
    assert {one.value for one in records if one.kind == "AAAA"} == {"2001:db8::1"}


def test_the_zone_file_is_one() -> None:
    records = [one for one in needed(places()) if one.owner.endswith("contoso.test")]
    text = zone_file(records, ["contoso.test"])
    zone = dns.zone.from_text(text, origin="contoso.test", relativize=False, check_origin=False)
    (service,) = zone.find_rdataset("_sip._tls.contoso.test.", dns.rdatatype.SRV)
    assert service.target.to_text() == "sip.contoso.test."


def test_the_other_forms_say_the_same() -> None:
    records, zones = needed(places()), places().zones
    assert zones == ("contoso.test", "fabrikam.test")
    script = nsupdate(records, zones).splitlines()
    assert script.count("send") == 2
    assert "update add _sip._tls.contoso.test. 3600 SRV 0 0 5061 sip.contoso.test." in script
    command = next(line for line in powershell(records, zones).splitlines() if '"_sip._tls"' in line)
    assert command == (
        'Add-DnsServerResourceRecord -Srv -ZoneName "contoso.test" -Name "_sip._tls" -TimeToLive 01:00:00 '
        '-Priority 0 -Weight 0 -Port 5061 -DomainName "sip.contoso.test."'
    )
    assert "192.0.2.1        lyncdiscover.contoso.test" in hosts_file(records, zones)
    assert "SRV" in hosts_file([replace(records[-1], kind="SRV")], zones)
