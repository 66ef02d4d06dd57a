"""SPNEGO around NTLM, with pyspnego as the client."""

import secrets

import pytest
import spnego as pyspnego
from hypothesis import given
from hypothesis import strategies as st

from samband.model.people import Person
from samband.trust import spnego
from samband.trust.denied import Denied
from samband.trust.http_kerberos import is_kerberos
from samband.trust.http_ntlm import HttpExchange, claimed, is_first
from samband.trust.ntlm.acceptor import NtlmAcceptor, TargetNames
from samband.trust.ntlm.keys import nt_hash
from tests.trust.fakes import Clock, person

NAMES = TargetNames("CONTOSO", "MAIL", "contoso.test", "mail.contoso.test")


def exchange() -> HttpExchange:
    def lookup(login: str) -> tuple[Person, bytes] | None:
        return (person("alice"), nt_hash("secret")) if login == "alice" else None

    return HttpExchange(NtlmAcceptor(NAMES, lookup, random=secrets.token_bytes, clock=Clock().time))


def client(password: str = "secret") -> pyspnego.ContextProxy:
    return pyspnego.client("alice", password, hostname="mail.contoso.test", protocol="negotiate")


def test_a_whole_exchange() -> None:
    server, alice = exchange(), client()
    first = alice.step() or b""
    assert spnego.is_spnego(first)
    assert is_first(first)
    assert claimed(first) is None
    last = alice.step(server.step(first)) or b""
    assert spnego.read(last).mic
    assert claimed(last) == "alice"
    assert server.step(last) == b""
    assert server.session is not None
    assert server.session.person.sAMAccountName == "alice"


def test_a_wrong_password_and_a_changed_list_are_refused() -> None:
    server, alice = exchange(), client("wrong")
    last = alice.step(server.step(alice.step() or b"")) or b""
    with pytest.raises(Denied, match="wrong password"):
        server.step(last)

    server, alice = exchange(), client()
    last = alice.step(server.step(alice.step() or b"")) or b""
    with pytest.raises(Denied, match="list of mechanisms"):
        server.step(last[:-1] + bytes([last[-1] ^ 1]))


KERBEROS = bytes.fromhex("06092a864886f712010202")


def initial(*mechanisms: bytes, token: bytes = b"") -> bytes:
    tlv = spnego._tlv
    fields = tlv(0xA0, tlv(0x30, b"".join(mechanisms)))
    if token:
        fields += tlv(0xA2, tlv(0x04, token))
    return tlv(0x60, bytes.fromhex("06062b0601050502") + tlv(0xA0, tlv(0x30, fields)))


def test_a_client_that_would_rather_use_kerberos_is_asked_for_ntlm() -> None:
    assert exchange().step(initial(KERBEROS, spnego.NTLMSSP, token=b"krb5")).hex() == (
        "a1153013a0030a0103a10c060a2b06010401823702020a"
    )
    with pytest.raises(Denied, match="no mechanism"):
        exchange().step(initial(KERBEROS))


@given(st.binary(max_size=200))
def test_noise_is_denied(noise: bytes) -> None:
    for token in (noise, b"\x60" + noise, b"\xa1" + noise, initial(spnego.NTLMSSP, token=noise or b"x")):
        with pytest.raises(Denied):
            server = exchange()
            server.step(token)
            server.step(token)


@given(st.integers(0, 200))
def test_cut_off_tokens_are_denied(cut: int) -> None:
    whole = initial(spnego.NTLMSSP, token=b"NTLMSSP\0" + bytes(40))
    with pytest.raises(Denied):
        exchange().step(whole[: min(cut, len(whole) - 1)])


KRB5, MS_KRB5 = bytes.fromhex("06092a864886f712010202"), bytes.fromhex("06092a864882f712010202")


@pytest.mark.parametrize(
    ("token", "wanted"),
    [
        (initial(KRB5, spnego.NTLMSSP), True),
        (initial(MS_KRB5, KRB5, spnego.NTLMSSP), True),
        (initial(spnego.NTLMSSP, KRB5), False),
        (initial(), False),
        (initial(KRB5)[:-3], False),
        (bytes([0x60, 0x19]) + KRB5 + b"\1\0" + bytes(12), True),
        (b"NTLMSSP\0", False),
        (b"", False),
    ],
)
def test_what_kerberos_is_for(token: bytes, wanted: bool) -> None:
    assert is_kerberos(token) is wanted


@given(st.binary(max_size=60))
def test_any_bytes_are_no_ticket_or_one(token: bytes) -> None:
    is_kerberos(token)
    is_kerberos(b"\x60" + token)
