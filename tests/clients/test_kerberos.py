"""Kerberos with a real KDC: pidgin-sipe signs in and talks, curl shows a ticket to EWS, strangers are refused."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.clients.kdc import Kdc, missing_kerberos, serving_realm
from tests.clients.names import Names
from tests.clients.purple_process import Account, PurpleProcess, missing_packages
from tests.scenarios.kept_site import ADDRESS, DOMAIN, KeptSite

pytestmark = pytest.mark.skipif(bool(missing_kerberos()), reason=missing_kerberos() or "never")

REALM = DOMAIN.upper()
LYNC, MAIL = f"lync.{DOMAIN}", f"mail.{DOMAIN}"


@pytest.fixture(scope="module")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kdc]:
    with serving_realm(tmp_path_factory.mktemp("kdc"), REALM) as kdc:
        for name in ("alice", "bob", "nobody"):
            kdc.add_person(name, f"krb-{name}")
        yield kdc


@pytest.fixture(scope="module")
def site(realm: Kdc, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptSite]:
    with KeptSite(tmp_path_factory.mktemp("kerberos") / "site") as made, pytest.MonkeyPatch.context() as patch:
        for name, value in realm.environment.items():
            patch.setenv(name, value)
        keytab = made.folder / "keys" / "krb5.keytab"
        realm.add_services(
            keytab, *(f"HTTP/{name}.{DOMAIN}" for name in ("mail", "autodiscover", "lync")), f"sip/{LYNC}"
        )
        settings = made.folder / "samband.toml"
        text = settings.read_text()
        for old, new in (
            ('sip = ["tls-dsk", "ntlm", "digest"]', 'sip = ["kerberos", "ntlm"]'),
            ('http = ["ntlm", "basic"]', 'http = ["negotiate", "basic"]'),
            ("# kerberos_keytab", "kerberos_keytab"),
        ):
            assert old in text
            text = text.replace(old, new)
        settings.write_text(text)
        for name in ("alice", "bob"):
            made.add_person(name, f"pw-{name}")
        made.start()
        yield made


def account(site: KeptSite, name: str) -> Account:
    """By the password of the KDC, which is not that of the site."""
    return Account(
        user=f"{name}@{DOMAIN}",
        login=f"{name}@{REALM}",
        password=f"krb-{name}",
        server=f"{LYNC}:{site.ports['sip_tls']}",
        transport="tls",
        authentication="krb5",
        ca_file=site.ca_file,
    )


NAMES = Names(dict.fromkeys((LYNC, MAIL, f"autodiscover.{DOMAIN}"), ADDRESS))
SIPE = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")


@SIPE
def test_sipe_signs_in_and_talks(site: KeptSite) -> None:
    with PurpleProcess(account(site, "alice"), NAMES) as alice, PurpleProcess(account(site, "bob"), NAMES) as bob:
        alice.wait("signed-on")
        bob.wait("signed-on")
        alice.do("im", to=f"bob@{DOMAIN}", text="by ticket")
        bob.wait("im", text="by ticket")
        bob.do("im", to=f"alice@{DOMAIN}", text="signed both ways")
        alice.wait("im", text="signed both ways")
        for client in (alice, bob):
            assert (
                f'Authorization: Kerberos qop="auth", realm="SIP Communications Service", targetname="sip/{LYNC}"'
                in (client.log)
            )
            assert 'Authentication-Info: Kerberos rspauth="' in client.log
            assert "signature of incoming message validated" in client.log


@SIPE
def test_sipe_cannot_sign_in_as_somebody_else(site: KeptSite) -> None:
    with PurpleProcess(replace(account(site, "alice"), user=f"bob@{DOMAIN}"), NAMES) as mallory:
        error = mallory.wait("connection-error")
        assert "not authorized to act as specified from URI" in error["text"]


@SIPE
def test_a_principal_of_nobody_is_refused(site: KeptSite) -> None:
    with PurpleProcess(account(site, "nobody"), NAMES) as nobody:
        assert "uthenticat" in nobody.wait("connection-error")["text"]
    assert "nobody here has this principal" in site.log


def curl(site: KeptSite, host: str, *words: str) -> tuple[int, str]:
    """Status and headers of ``https://host/EWS/Exchange.asmx``."""
    port = site.ports["https"]
    line = ["curl", "-s", "-D", "-", "-o", "/dev/null", "--cacert", str(site.ca_file), "--max-time", "30"]
    line += ["--resolve", f"{host}:{port}:{ADDRESS}", *words, f"https://{host}:{port}/EWS/Exchange.asmx"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=True)
    return int(re.findall(r"HTTP/\S+ (\d+)", done.stdout)[-1]), done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs Debian's curl")
def test_curl_shows_a_ticket_to_ews(site: KeptSite, realm: Kdc) -> None:
    realm.kinit("alice", "krb-alice")
    assert curl(site, MAIL, "--negotiate", "-u", ":")[0] == 200
    assert curl(site, MAIL)[0] == 401
    realm.kinit("nobody", "krb-nobody")
    assert curl(site, MAIL, "--negotiate", "-u", ":")[0] == 401
    assert curl(site, MAIL, "-H", "Authorization: Negotiate YBAGCSqGSIb3EgECAgEAAAAA")[0] == 401
    assert "Traceback" not in site.log


def test_the_server_proves_itself_where_it_is_asked_to(site: KeptSite, realm: Kdc) -> None:
    import gssapi

    realm.kinit("alice", "krb-alice")
    context = gssapi.SecurityContext(
        name=gssapi.Name(f"HTTP/{MAIL}@{REALM}", gssapi.NameType.kerberos_principal),
        mech=gssapi.OID.from_int_seq("1.3.6.1.5.5.2"),
        flags=gssapi.RequirementFlag.mutual_authentication,
        usage="initiate",
    )
    token = base64.b64encode(context.step()).decode()
    status, answer = curl(site, MAIL, "-H", f"Authorization: Negotiate {token}")
    assert status == 200
    found = re.search(r"(?i)^WWW-Authenticate: Negotiate (\S+)\r?$", answer, re.MULTILINE)
    assert found is not None, answer
    context.step(base64.b64decode(found[1]))
    assert context.complete
    assert gssapi.RequirementFlag.mutual_authentication in context.actual_flags
