"""Kerberos as a security association, with a KDC of the test's own; and whom principals stand for, without one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from samband.model.failures import Failure
from samband.trust.denied import Denied
from samband.trust.kerberos import Realm, Tickets
from samband.trust.sip.kerberos import LONGEST_LIFE, KerberosAssociation
from tests.clients.kdc import Kdc, missing_kerberos, serving_realm
from tests.trust.fakes import People, person

HOST = "lync.contoso.test"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
KERBEROS = pytest.mark.skipif(bool(missing_kerberos()), reason=missing_kerberos() or "never")


def realm_of_people() -> Realm:
    people = People()
    people.put(person("alice"), person("bob"))
    return Realm("CONTOSO.TEST", people)


def test_a_principal_is_who_has_the_account() -> None:
    assert realm_of_people().person("alice@CONTOSO.TEST").sAMAccountName == "alice"


@pytest.mark.parametrize(
    "principal",
    [
        "alice@OTHER.TEST",
        "alice@contoso.test",
        "alice",
        "@CONTOSO.TEST",
        "alice/admin@CONTOSO.TEST",
        "eve@CONTOSO.TEST",
    ],
)
def test_others_are_nobody(principal: str) -> None:
    with pytest.raises(Denied):
        realm_of_people().person(principal)


@pytest.fixture(scope="module")
def kdc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kdc]:
    with serving_realm(tmp_path_factory.mktemp("kdc"), "CONTOSO.TEST") as served, pytest.MonkeyPatch.context() as patch:
        for name, value in served.environment.items():
            patch.setenv(name, value)
        served.add_person("alice", "krb-alice")
        served.add_services(served.folder / "keytab", f"sip/{HOST}", f"HTTP/{HOST}")
        served.kinit("alice", "krb-alice")
        yield served


def client_of(service: str):  # type: ignore[no-untyped-def]
    import gssapi

    name = gssapi.Name(f"{service}/{HOST}@CONTOSO.TEST", gssapi.NameType.kerberos_principal)
    return gssapi.SecurityContext(name=name, usage="initiate", flags=gssapi.RequirementFlag.integrity)


def association(kdc: Kdc) -> KerberosAssociation:
    tickets = Tickets(kdc.folder / "keytab", "sip", HOST, realm_of_people())
    return KerberosAssociation("1", 4, tickets.begin(), lambda: NOW)


@KERBEROS
def test_both_sides_sign(kdc: Kdc) -> None:
    client, server = client_of("sip"), association(kdc)
    assert asyncio.run(server.step(client.step())) == b""
    assert server.person is not None
    assert server.person.sAMAccountName == "alice"
    assert server.expires is not None
    assert NOW < server.expires <= NOW + LONGEST_LIFE
    client.verify_signature(b"<Kerberos><1>", bytes.fromhex(server.sign(b"<Kerberos><1>")))
    for number in range(20):
        text = f"<Kerberos><{number}>".encode()
        shown = client.get_signature(text).hex()
        assert server.verify(text, shown.upper())
        assert not server.verify(text + b" ", shown)
        assert not server.verify(text, shown[:-1] + ("0" if shown[-1] != "0" else "1"))
    assert not server.verify(b"<Kerberos><1>", "no hex")
    assert not server.verify(b"<Kerberos><1>", "")


@KERBEROS
@pytest.mark.parametrize("change", ["another service", "cut", "empty", "noise", "shown twice"])
def test_what_is_no_ticket_for_us_is_refused(kdc: Kdc, change: str) -> None:
    token = client_of("HTTP" if change == "another service" else "sip").step()
    token = {"cut": token[:-20], "empty": b"", "noise": b"\x60" + bytes(60)}.get(change, token)
    if change == "shown twice":
        asyncio.run(association(kdc).step(token))
    server = association(kdc)
    with pytest.raises(Denied):
        asyncio.run(server.step(token))
    assert not server.ready


@KERBEROS
def test_a_keytab_that_lacks_the_service_is_named(kdc: Kdc, tmp_path: Path) -> None:
    for keytab, host in ((kdc.folder / "keytab", "other.test"), (tmp_path / "none", HOST)):
        with pytest.raises(Failure) as refused:
            Tickets(keytab, "sip", host, realm_of_people())
        assert f"sip/{host}@CONTOSO.TEST" in refused.value.text
        assert str(keytab) in refused.value.text
