"""The acceptor against pyspnego's initiator, and against everything that is not an honest initiator."""

import contextlib
import secrets
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import spnego
from hypothesis import given, settings
from hypothesis import strategies as st

from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.ntlm import keys
from samband.trust.ntlm.acceptor import NtlmAcceptor, NtlmSession, TargetNames, claimed_login
from samband.trust.ntlm.messages import Flags, Malformed, message_type, read_pairs, write_pairs

ALICE = Person(objectGUID="1", sAMAccountName="alice", userPrincipalName="alice@contoso.test", displayName="Alice")
NAMES = TargetNames("CONTOSO", "MAIL", "contoso.test", "mail.contoso.test")
LOGINS = {"contoso\\alice", "alice", "alice@contoso.test"}
PASSWORD = "pässword €1"


def lookup(login: str) -> tuple[Person, bytes] | None:
    return (ALICE, keys.nt_hash(PASSWORD)) if login.lower() in LOGINS else None


def acceptor(find: Callable[[str], tuple[Person, bytes] | None] = lookup) -> NtlmAcceptor:
    return NtlmAcceptor(NAMES, find, random=secrets.token_bytes, clock=lambda: datetime.now(UTC))


def initiator(login: str, password: str, **options: object) -> spnego.ContextProxy:
    return spnego.client(login, password, hostname="mail.contoso.test", protocol="ntlm", **options)  # type: ignore[arg-type]


def exchange(login: str, password: str) -> tuple[NtlmSession, spnego.ContextProxy, NtlmAcceptor]:
    client, server = initiator(login, password), acceptor()
    negotiate = client.step()
    assert negotiate
    answer = client.step(server.challenge(negotiate))
    assert answer
    return server.authenticate(answer), client, server


@pytest.mark.parametrize("login", ["CONTOSO\\alice", "contoso\\ALICE", "alice", "alice@contoso.test"])
def test_a_right_password_gives_the_person_and_equal_keys(login: str) -> None:
    session, client, _ = exchange(login, PASSWORD)
    assert session.person is ALICE
    assert session.exported_session_key == client.session_key
    assert "exported" not in repr(session)
    for text in (b"first", b"second", b""):
        assert session.verify(text, client.sign(text))
        client.verify(text, session.sign(text))


def test_a_domain_by_its_dns_name_is_found_as_a_principal_name() -> None:
    asked: list[str] = []

    def find(login: str) -> tuple[Person, bytes] | None:
        asked.append(login)
        return lookup(login)

    client, server = initiator("contoso.test\\alice", PASSWORD), acceptor(find)
    assert server.authenticate(client.step(server.challenge(client.step())) or b"").person is ALICE
    assert asked == ["contoso.test\\alice", "alice@contoso.test"]


@pytest.mark.parametrize(
    ("login", "password"), [("alice", "wrong"), ("alice", ""), ("nobody", PASSWORD), ("CONTOSO\\mallory", PASSWORD)]
)
def test_wrong_password_and_unknown_account_look_alike(login: str, password: str) -> None:
    with pytest.raises(Denied, match="unknown account or wrong password") as caught:
        exchange(login, password)
    assert caught.value.account.rpartition("\\")[2] == login.rpartition("\\")[2]


def test_a_disabled_account_is_refused_after_its_password_was_right() -> None:
    disabled = replace(ALICE, enabled=False)
    for password, reason in ((PASSWORD, "disabled"), ("wrong", "wrong password")):
        client, server = initiator("alice", password), acceptor(lambda _: (disabled, keys.nt_hash(PASSWORD)))
        with pytest.raises(Denied, match=reason):
            server.authenticate(client.step(server.challenge(client.step())) or b"")


def honest() -> tuple[NtlmAcceptor, bytes, bytes]:
    """A server with a challenge out, the client's NEGOTIATE, and its right answer."""
    client, server = initiator("alice", PASSWORD), acceptor()
    negotiate = client.step() or b""
    return server, negotiate, client.step(server.challenge(negotiate)) or b""


def test_a_challenge_is_good_for_one_answer() -> None:
    server, _, answer = honest()
    assert server.pending
    server.authenticate(answer)
    assert not server.pending
    with pytest.raises(Denied, match="without a challenge"):
        server.authenticate(answer)


def test_an_answer_to_another_challenge_is_refused() -> None:
    _, _, answer = honest()
    server, _, _ = honest()
    with pytest.raises(Denied):
        server.authenticate(answer)


def test_every_changed_bit_of_the_flags_is_caught_by_the_mic() -> None:
    for bit in range(32):
        server, _, answer = honest()
        changed = struct.unpack_from("<I", answer, 60)[0] ^ (1 << bit)
        with pytest.raises(Denied):
            server.authenticate(answer[:60] + struct.pack("<I", changed) + answer[64:])


def test_a_changed_negotiate_message_is_caught_by_the_mic() -> None:
    client, server = initiator("alice", PASSWORD), acceptor()
    negotiate = client.step() or b""
    weaker = (
        negotiate[:12] + struct.pack("<I", struct.unpack_from("<I", negotiate, 12)[0] & ~0x20000000) + negotiate[16:]
    )
    answer = client.step(server.challenge(weaker)) or b""
    with pytest.raises(Denied, match="changed on their way"):
        server.authenticate(answer)


def test_old_responses_are_refused() -> None:
    """An NTLMv1 response has 24 bytes; none at all is the anonymous user."""
    server, _, answer = honest()
    length, _, at = struct.unpack_from("<HHI", answer, 20)
    assert length > 44
    for shorter in (24, 0):
        server, _, answer = honest()
        with pytest.raises(Denied):
            server.authenticate(answer[:20] + struct.pack("<HHI", shorter, shorter, at) + answer[28:])


def test_a_datagram_client_must_agree_to_signing() -> None:
    server = acceptor()
    client = initiator("alice", PASSWORD)
    client.step()
    challenge = server.challenge(None, datagram=True)
    flags = Flags(struct.unpack_from("<I", challenge, 20)[0])
    assert flags & Flags.DATAGRAM
    without = struct.pack("<I", flags & ~Flags.SIGN)
    answer = client.step(challenge[:20] + without + challenge[24:]) or b""
    with pytest.raises(Denied):
        server.authenticate(answer)


def test_the_login_that_is_claimed_can_be_read_before_anything_is_checked() -> None:
    _, negotiate, answer = honest()
    assert claimed_login(answer) == "alice"
    assert claimed_login(negotiate) == ""
    assert claimed_login(b"NTLMSSP\0") == ""


SERVER, NEGOTIATE, ANSWER = honest()


@settings(deadline=None)
@given(st.integers(0, len(ANSWER) - 1), st.integers(0, len(NEGOTIATE) - 1))
def test_truncated_messages_are_denied(cut: int, cut_first: int) -> None:
    server, _, answer = honest()
    with pytest.raises(Denied):
        server.authenticate(answer[:cut])
    if cut_first < 16:
        with pytest.raises(Denied):
            server.challenge(NEGOTIATE[:cut_first])


@settings(deadline=None)
@given(st.integers(0, len(ANSWER) - 1), st.integers(1, 255))
def test_a_changed_byte_is_denied(at: int, mask: int) -> None:
    server, _, answer = honest()
    at = min(at, len(answer) - 1)
    damaged = bytearray(answer)
    damaged[at] ^= mask
    try:
        session = server.authenticate(bytes(damaged))
    except Denied:
        return
    # The MIC covers every byte, so nothing that differs gets through.
    raise AssertionError(f"byte {at} of the answer was changed and {session} accepted")


@given(st.binary(max_size=300))
def test_noise_is_denied(noise: bytes) -> None:
    for token in (noise, b"NTLMSSP\0" + noise, b"NTLMSSP\0\x03\0\0\0" + noise):
        server = acceptor()
        with pytest.raises(Denied):
            server.authenticate(token)
        server.challenge(None, datagram=True)
        with pytest.raises(Denied):
            server.authenticate(token)
    if message_type(noise) != 1:
        with pytest.raises(Denied):
            acceptor().challenge(noise)


@given(st.dictionaries(st.integers(1, 65535), st.binary(max_size=40), max_size=8))
def test_pairs_both_ways(pairs: dict[int, bytes]) -> None:
    assert read_pairs(write_pairs(pairs)) == pairs


@given(st.binary(max_size=100))
def test_pairs_of_noise(noise: bytes) -> None:
    with contextlib.suppress(Malformed):
        read_pairs(noise)
