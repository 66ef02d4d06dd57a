"""Real clients sign in, pidgin-sipe by NTLM and TLS-DSK, libpurple's SIMPLE by Digest, or are refused with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.clients.lync_site import HOST, LyncSite, serving_lync
from tests.clients.purple_process import Account, PurpleProcess, missing_packages
from tests.clients.waiting import until

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LyncSite]:
    with serving_lync(tmp_path_factory.mktemp("site")) as serving:
        yield serving


def account(site: LyncSite, transport: str, authentication: str) -> Account:
    return Account(
        user="alice@contoso.test",
        login="CONTOSO\\alice",
        password="pw-alice",
        server=f"{HOST}:{site.tls if transport == 'tls' else site.tcp}",
        transport=transport,
        authentication=authentication,
        ca_file=site.ca_file,
    )


@pytest.mark.parametrize("authentication", ["tls-dsk", "ntlm"])
@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_sipe_signs_in_and_out(site: LyncSite, transport: str, authentication: str) -> None:
    with PurpleProcess(account(site, transport, authentication), site.names) as alice:
        assert alice.wait("ready")["sax"] in ("fine", "mended")
        alice.wait("signed-on")
        alice.do("quit")
        alice.wait("signed-off")
        alice.wait("ended")
        assert f'Authentication-Info: {authentication.upper()} rspauth="' in alice.log
        assert "signature of incoming message validated" in alice.log


def test_sipe_chooses_tls_dsk_by_itself(site: LyncSite) -> None:
    with PurpleProcess(account(site, "tls", "auto"), site.names) as alice:
        alice.wait("signed-on")
        assert 'Authorization: TLS-DSK qop="auth"' in alice.log


@pytest.mark.parametrize("login", ["alice", "alice@contoso.test", ""])
def test_sipe_signs_in_by_other_spellings_of_the_login(site: LyncSite, login: str) -> None:
    with PurpleProcess(replace(account(site, "tcp", "ntlm"), login=login), site.names) as alice:
        alice.wait("signed-on")


@pytest.mark.parametrize("authentication", ["tls-dsk", "ntlm"])
def test_sipe_hears_why_it_is_refused(site: LyncSite, authentication: str) -> None:
    wrong = replace(account(site, "tls", authentication), password="wrong")
    with PurpleProcess(wrong, site.names) as alice:
        error = alice.wait("connection-error")
        assert "uthenticat" in error["text"] or "Web ticket request" in error["text"], error
        assert not [event for event in alice.events if event["event"] == "signed-on"]


def test_sipe_as_somebody_else(site: LyncSite) -> None:
    other = replace(account(site, "tls", "ntlm"), user="bob@contoso.test")
    with PurpleProcess(other, site.names) as mallory:
        error = mallory.wait("connection-error")
        assert "not authorized to act as specified from URI" in error["text"]


# Two of these clients started within one second draw the same branches: over UDP, from the same port, the second one's
# requests are repetitions of the first one's. So only one of them speaks UDP.
@pytest.mark.parametrize(("transport", "password"), [("tcp", "pw-alice"), ("udp", "pw-alice"), ("tcp", "wrong")])
def test_simple_signs_in_by_digest(site: LyncSite, transport: str, password: str) -> None:
    port = site.udp if transport == "udp" else site.tcp
    wanted = Account(
        protocol="prpl-simple",
        user="alice@contoso.test",
        password=password,
        server=f"contoso.test:{port}",
        transport=transport,
    )
    names = replace(site.names, hosts={**site.names.hosts, "contoso.test": site.address})
    with PurpleProcess(wanted, names) as alice:
        if password == "wrong":
            until(lambda: alice.log.count("SIP/2.0 401 Unauthorized") > 1, "a second 401")
            assert "SIP/2.0 200 OK" not in alice.log
        else:
            alice.wait("signed-on")
            until(lambda: "SIP/2.0 200 OK" in alice.log, "an answer to REGISTER")
            assert "Authorization: Digest" in alice.log


def test_a_certificate_of_strangers_is_not_trusted(site: LyncSite) -> None:
    """The client really checks what it is shown: without the site's CA nobody signs in over TLS."""
    with PurpleProcess(replace(account(site, "tls", "ntlm"), ca_file=None), site.names) as alice:
        alice.wait("question", where=lambda event: "ertificate" in event["title"] + event["text"])
        assert not [event for event in alice.events if event["event"] == "signed-on"]
