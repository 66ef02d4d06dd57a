"""Records of any deployment, and exported settings: what is expected of each topology, and what is wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import pytest

from samband.deployment.dns_survey import survey_dns
from samband.deployment.exported import Around, NotExported, judge, read_exported
from samband.wire.dns import Kind, Lookup, Outcome

D = "contoso.com"
ONLINE = {
    f"_sip._tls.{D}": "100 1 443 sipdir.online.lync.com",
    f"_sipfederationtls._tcp.{D}": "100 1 5061 sipfed.online.lync.com",
    f"sip.{D}": "sipdir.online.lync.com",
    f"lyncdiscover.{D}": "webdir.online.lync.com",
    f"autodiscover.{D}": "autodiscover.outlook.com",
}
ON_PREMISES = {
    f"_sip._tls.{D}": f"0 0 443 access.{D}",
    f"_sipfederationtls._tcp.{D}": f"0 0 5061 access.{D}",
    f"lyncdiscover.{D}": "192.0.2.1",
    f"meet.{D}": "192.0.2.1",
    f"access.{D}": "192.0.2.2",
    f"autodiscover.{D}": "192.0.2.3",
}


class Names:
    """A zone: SRV data, an alias, or an address, by owner; hosts elsewhere are there."""

    def __init__(self, records: Mapping[str, str]) -> None:
        self._records = records

    async def lookup(self, name: str, kind: Kind) -> Lookup:
        value = self._records.get(name, "")
        of = "SRV" if " " in value else "A" if value[:1].isdigit() else "CNAME"
        return Lookup(Outcome.FOUND, (value,)) if value and of == kind else Lookup(Outcome.NO_NAME)

    async def addresses(self, name: str) -> tuple[str, ...]:
        value = self._records.get(name, "" if name.endswith(D) else "198.51.100.1")
        return () if not value or " " in value else (value if value[:1].isdigit() else "198.51.100.1",)


@pytest.mark.parametrize(
    ("base", "change", "row", "found"),
    [
        (ONLINE, {}, "Skype for Business Online only", []),
        (ONLINE, {f"sip.{D}": ""}, "Skype for Business Online only", ["dns.sip"]),
        (
            ONLINE,
            {f"_sip._tls.{D}": "1 1 5061 sipdir.online.lync.com"},
            "Skype for Business Online only",
            ["dns.sip-srv"],
        ),
        (
            ONLINE,
            {f"lyncdiscover.{D}": "sipdir.online.lync.com"},
            "Skype for Business Online only",
            ["dns.lyncdiscover"],
        ),
        (ONLINE, {f"autodiscover.{D}": ""}, "Skype for Business Online only", ["dns.autodiscover"]),
        (ON_PREMISES, {}, "Lync Server 2013 only", []),
        (ON_PREMISES, {f"lyncdiscover.{D}": ""}, "Lync Server 2013 only", ["dns.lyncdiscover"]),
        (ON_PREMISES, {f"access.{D}": ""}, "Lync Server 2013 only", ["dns.sip-srv", "dns.sipfederationtls-srv"]),
        (ON_PREMISES, {f"meet.{D}": ""}, "Lync Server 2013 only", ["dns.meet"]),
        (
            ON_PREMISES,
            {f"_sipfederationtls._tcp.{D}": "0 0 5061 access.fabrikam.com"},
            "Lync Server 2013 only",
            ["dns.sipfederationtls-srv"],
        ),
        (
            ON_PREMISES,
            {f"_sipfederationtls._tcp.{D}": "100 1 5061 sipfed.online.lync.com"},
            "Lync Server 2013 hybrid",
            ["dns.sipfederationtls-srv"],
        ),
    ],
)
def test_records(base: dict[str, str], change: dict[str, str], row: str, found: list[str]) -> None:
    survey = asyncio.run(survey_dns(D, D, Names({**base, **change})))
    assert (survey.row, sorted(one.name for one in survey.findings)) == (row, found)


LYNC, EXCHANGE = "00000004-0000-0ff1-ce00-000000000000", "00000002-0000-0ff1-ce00-000000000000"
AROUND = Around(frozenset({"mail.contoso.com"}), "contoso.com", frozenset({"AB12"}))


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"InstantMessagingType": "Ocs", "InstantMessagingEnabled": True}, []),
        ({"InstantMessagingType": 0, "InstantMessagingEnabled": True}, ["owa.no-instant-messaging"]),
        ({"InstantMessagingType": 1, "InstantMessagingEnabled": False}, ["owa.no-instant-messaging"]),
        ({"DomainName": "contoso.com", "DomainType": 0}, []),
        ({"DomainName": "*.contoso.com", "DomainType": 0}, ["oauth.wildcard-domain"]),
        ({"ExchangeAutodiscoverUrl": None, "Realm": "contoso.com"}, ["oauth.no-autodiscover-url"]),
        ({"ExchangeAutodiscoverUrl": {"AbsoluteUri": "https://a/autodiscover.xml"}}, ["oauth.autodiscover-url"]),
        ({"ExchangeAutodiscoverUrl": "https://a/autodiscover.svc", "Realm": "Contoso.com"}, ["oauth.realm"]),
        ({"CurrentCertificateThumbprint": "ab12"}, []),
        ({"CurrentCertificateThumbprint": "FF00"}, ["oauth.other-key"]),
        ({"ApplicationIdentifier": LYNC, "Enabled": True, "LinkedAccount": {"Name": "LyncEnterprise"}}, []),
        ({"ApplicationIdentifier": LYNC, "Enabled": False, "LinkedAccount": "a"}, ["partner.disabled"]),
        ({"ApplicationIdentifier": LYNC, "Enabled": True, "LinkedAccount": None}, ["partner.no-linked-account"]),
        ({"ApplicationIdentifier": EXCHANGE, "ApplicationTrustLevel": "Full"}, []),
        ({"ApplicationIdentifier": EXCHANGE, "ApplicationTrustLevel": "User"}, ["partner.trust-level"]),
        ({"ApplicationIdentifier": "other", "LinkedAccount": "a"}, ["partner.missing"]),
        ({"TrustedApplicationPoolFqdn": "Mail.contoso.com"}, []),
        ({"TrustedApplicationPoolFqdn": "owa.contoso.com"}, ["owa.not-trusted"]),
        ({"Name": "something else"}, []),
    ],
)
def test_exported_settings(settings: dict[str, object], found: list[str]) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        objects = read_exported(json.dumps(settings).encode(encoding))
        assert [one.name for one in judge(objects, AROUND)] == found


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"3", b"\xff\xfe{", b"[" * 100_000])
def test_files_that_are_no_exported_settings(data: bytes) -> None:
    with pytest.raises(NotExported):
        read_exported(data)
