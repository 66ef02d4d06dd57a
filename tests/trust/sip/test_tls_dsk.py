"""TLS-DSK: the handshake against our own client, OpenSSL's and a recorded one; and everything that must not pass."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import ssl
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.sip.tls_dsk import keys, messages, records
from samband.trust.sip.tls_dsk.acceptor import _TABLE, Acceptor, State
from samband.trust.sip.tls_dsk.association import CertificateOwner, TlsDskAssociation
from samband.trust.sip.tls_dsk.records import Malformed
from tests.trust.sip.tls_client import NOW, Authority, Party, TlsClient, der, new_key

CA = Authority()
SERVER = CA.server("lync.contoso.test")
ALICE = CA.issue("alice@contoso.test")
OP_LEGACY_SERVER_CONNECT = 0x4
"""Named in ``ssl`` from Python 3.12 on: talk to servers without the renegotiation extension, as ours is."""
CAPTURED = Path(__file__).parent / "captured"


def acceptor() -> Acceptor:
    return Acceptor(SERVER, os.urandom)


def captured(name: str) -> bytes:
    return base64.b64decode((CAPTURED / name).read_text())


def test_prf_vector() -> None:
    """The vector that implementers of TLS 1.0 share."""
    out = keys.prf(b"\xab" * 48, b"PRF Testvector", b"\xcd" * 64, 104)
    assert out.hex() == (
        "d3d4d1e349b5d515044666d51de32bab258cb521b6b053463e354832fd976754443bcf9a296519bc289abcbc1187e4ebd31e6023"
        "53776c408aafb74cbc85eff69255f9788faa184cbb957a9819d84a5d7eb006eb459d3ae8de9810454b8b2d8f1afbc655a8c9a013"
    )


def test_signing_keys_stand_where_pidgin_sipe_looks_for_them() -> None:
    """Fixed when a real client had taken them; the half of the material and the order are easily mistaken."""
    found = keys.signing_keys(bytes(48), bytes(32), b"\x01" * 32)
    assert found.client.hex() == "8d1acd668f2446714873404c4c248363fd109adb4322ad14c7270978f143bc1f"
    assert found.server.hex() == "c980f94c9babf9ac097df5a2d79964db974e41c055e06a48a85323b21fa62731"


def test_handshake_gives_both_sides_the_same_signing_keys() -> None:
    server, client = acceptor(), TlsClient(ALICE)
    last = server.receive(client.answer(server.receive(client.hello())))
    assert server.done
    assert client.check(last) == server.signing_keys()
    assert server.client_certificate == der(ALICE.certificate)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_records_may_be_cut_anywhere(size: int) -> None:
    """A handshake message may span records and a record hold several [RFC2246 6.2.1]."""
    server, client = acceptor(), TlsClient(ALICE)
    flight = client.answer(server.receive(client.hello()))
    plain, *rest = records.split(flight)
    pieces = [plain.fragment[at : at + size] for at in range(0, len(plain.fragment), size)]
    cut = b"".join(records.join(records.HANDSHAKE, piece) for piece in pieces)
    server.receive(cut + flight[-(59):] if rest else cut)
    assert server.done


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated")
def test_openssl_as_client(tmp_path: Path) -> None:
    """A client of other hands: OpenSSL with TLS 1.0 and AES-128-CBC, which checks every byte of ours."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("AES128-SHA:@SECLEVEL=0")
    context.options |= OP_LEGACY_SERVER_CONNECT
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    ca, own = tmp_path / "ca.pem", tmp_path / "own.pem"
    ca.write_bytes(CA.certificate.public_bytes(serialization.Encoding.PEM))
    own.write_bytes(
        ALICE.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + ALICE.certificate.public_bytes(serialization.Encoding.PEM)
    )
    context.check_hostname = True
    context.load_cert_chain(own)
    context.load_verify_locations(ca)
    context.verify_flags = ssl.VERIFY_DEFAULT
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="lync.contoso.test")
    server = acceptor()
    for _ in range(2):
        with pytest.raises(ssl.SSLWantReadError):
            client.do_handshake()
        incoming.write(server.receive(outgoing.read()))
    client.do_handshake()
    assert server.done
    cipher = client.cipher()
    assert cipher is not None
    assert cipher[0] == "AES128-SHA"
    assert client.version() == "TLSv1"


def test_recorded_flights_of_a_lync_client() -> None:
    """pidgin-sipe's own bytes: its hello, and its certificate flight up to the proof that it holds the key."""
    hello, server_flight, flight = (captured(f"tls-dsk-{n}.b64") for n in (1, 2, 3))
    (record,) = records.split(hello)
    ((kind, body, _),) = messages.unframe(record.fragment)
    offer = messages.ClientHello.read(body)
    assert kind == messages.CLIENT_HELLO
    assert offer.acceptable
    assert offer.suites == (b"\x00\x04", b"\x00\x05", b"\x00\x2f", b"\x00\x35", b"\x00\x03")

    plain, change, finished = records.split(flight)
    parts = list(messages.unframe(plain.fragment))
    assert [kind for kind, _, _ in parts] == [
        messages.CERTIFICATE,
        messages.CLIENT_KEY_EXCHANGE,
        messages.CERTIFICATE_VERIFY,
    ]
    assert change == records.Record(records.CHANGE_CIPHER_SPEC, b"\x01")
    assert len(finished.fragment) == 48
    certificate = x509.load_der_x509_certificate(messages.read_certificate(parts[0][1]))
    assert len(messages.read_opaque(parts[1][1])) == 256
    seen = record.fragment + records.split(server_flight)[0].fragment + parts[0][2] + parts[1][2]
    digests = hashlib.md5(seen).digest() + hashlib.sha1(seen).digest()
    public = certificate.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    signature = messages.read_opaque(parts[2][1])
    assert public.recover_data_from_signature(signature, padding.PKCS1v15(), None) == digests


def test_recorded_client_accepts_our_hello_and_we_read_its_certificate() -> None:
    """The recorded second flight answers another server's random: it must fail, and only at the signature."""
    server = acceptor()
    server.receive(captured("tls-dsk-1.b64"))
    with pytest.raises(Malformed, match="signed another handshake"):
        server.receive(captured("tls-dsk-3.b64"))
    assert x509.load_der_x509_certificate(server.client_certificate).subject.rfc4514_string() == "CN=alice@contoso.test"


MALLORY = Party(new_key(), ALICE.certificate)

LIES: dict[str, dict[str, object]] = {
    "no suite of ours": {"suites": b"\x00\x04\x00\x05\x00\x35"},
    "suites of odd length": {"suites": b"\x00\x2f\x00"},
    "no suites": {"suites": b""},
    "version below 1.0": {"version": b"\x03\x00"},
    "compression only": {"compressions": b"\x01"},
    "no certificate": {"chain": ()},
    "certificate that is none": {"chain": (b"\x30\x00",)},
    "certificate of no known version": {
        "chain": (der(ALICE.certificate).replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x03", 1),)
    },
    "key of someone else": {"own": MALLORY},
    "signature of zeros": {"signature": bytes(256)},
    "short signature": {"signature": bytes(3)},
    "signature of other data": {"signature": ALICE.key.sign(bytes(36), padding.PKCS1v15(), NoDigestInfo())},
    "wrong verify_data": {"verify_data": bytes(12)},
    "long verify_data": {"verify_data": bytes(16)},
    "premaster of a wrong version": {"premaster": b"\x03\x00" + bytes(46)},
    "premaster too short": {"premaster": records.VERSION + bytes(45)},
    "premaster too long": {"premaster": records.VERSION + bytes(47)},
    "premaster not padded": {"encrypted_premaster": bytes(255) + b"\x01"},
    "premaster larger than the modulus": {"encrypted_premaster": b"\xff" * 256},
    "premaster of a wrong length": {"encrypted_premaster": bytes(10)},
}


@pytest.mark.parametrize("name", LIES)
def test_lies_are_refused(name: str) -> None:
    server, client = acceptor(), replace(TlsClient(ALICE), **LIES[name])  # type: ignore[arg-type]
    with pytest.raises(Malformed):
        server.receive(client.answer(server.receive(client.hello())))
    assert not server.done


def test_every_bad_premaster_fails_alike() -> None:
    """No oracle: whatever was wrong with the premaster, Finished is what does not hold [RFC2246 7.4.7.1]."""
    found = set()
    for name in (name for name in LIES if name.startswith("premaster")):
        server, client = acceptor(), replace(TlsClient(ALICE), **LIES[name])  # type: ignore[arg-type]
        with pytest.raises(Malformed) as caught:
            server.receive(client.answer(server.receive(client.hello())))
        found.add(str(caught.value))
    assert found == {"protected record does not verify"}


def test_client_key_must_be_rsa() -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(CA.certificate.subject)
        .public_key(curve.public_key())
        .serial_number(5)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(CA.key, hashes.SHA256())
    )
    server, client = acceptor(), TlsClient(ALICE, chain=(der(certificate),))
    with pytest.raises(Malformed, match="RSA"):
        server.receive(client.answer(server.receive(client.hello())))


def test_flight_twice_is_refused() -> None:
    server, client = acceptor(), TlsClient(ALICE)
    flight = client.answer(server.receive(client.hello()))
    server.receive(flight)
    with pytest.raises(Malformed, match="over"):
        server.receive(flight)
    other = acceptor()
    other.receive(client.hello())
    with pytest.raises(Malformed):
        other.receive(flight)


def test_hello_twice_is_refused() -> None:
    server, client = acceptor(), TlsClient(ALICE)
    server.receive(client.hello())
    with pytest.raises(Malformed, match="message 1 in state CERTIFICATE"):
        server.receive(client.hello())
    with pytest.raises(Malformed):
        acceptor().receive(client.hello() + client.hello())


def test_signing_keys_wait_for_the_end() -> None:
    with pytest.raises(RuntimeError):
        acceptor().signing_keys()


def test_truncated_flights_are_refused() -> None:
    server, client = acceptor(), TlsClient(ALICE)
    hello = client.hello()
    for end in range(len(hello)):
        with pytest.raises(Malformed):
            acceptor().receive(hello[:end])
    flight = client.answer(server.receive(hello))
    starts = [5, 100, len(flight) - 60, len(flight) - 59, len(flight) - 53, len(flight) - 1]
    for end in starts:
        again = acceptor()
        again.receive(hello)
        with pytest.raises(Malformed):
            again.receive(flight[:end])


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_changed_byte_of_the_last_flight_is_refused(data: st.DataObject) -> None:
    server, client = acceptor(), TlsClient(ALICE)
    flight = bytearray(client.answer(server.receive(client.hello())))
    at = data.draw(st.integers(0, len(flight) - 1))
    # The minor version in a record's head is covered by the MAC only in our own spelling of it.
    heads = {2, len(flight) - 59 + 2, len(flight) - 53 + 2}
    if at in heads:
        return
    flight[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Malformed):
        server.receive(bytes(flight))
    assert not server.done


@settings(deadline=None, max_examples=300)
@given(noise=st.binary(max_size=400))
def test_noise_is_refused(noise: bytes) -> None:
    server = acceptor()
    with pytest.raises(Malformed):
        server.receive(noise)
    server = acceptor()
    server.receive(TlsClient(ALICE).hello())
    with pytest.raises(Malformed):
        server.receive(records.join(records.HANDSHAKE, noise) if noise else b"")


def test_alert_ends_the_handshake() -> None:
    server = acceptor()
    server.receive(TlsClient(ALICE).hello())
    with pytest.raises(Malformed, match="type 21"):
        server.receive(records.join(records.ALERT, b"\x02\x28"))


def test_huge_messages_are_refused() -> None:
    with pytest.raises(Malformed, match="too large"):
        acceptor().receive(records.join(records.HANDSHAKE, b"\x01\xff\xff\xff"))


def test_table_names_every_state_but_the_last() -> None:
    assert {state for state, _ in _TABLE} == set(State) - {State.DONE, State.FAILED}
    assert [state for _, state in _TABLE.values()] == list(State)[1:-1]


def test_a_failed_handshake_stays_failed() -> None:
    server, client = acceptor(), TlsClient(ALICE)
    flight = client.answer(server.receive(client.hello()))
    with pytest.raises(Malformed):
        server.receive(flight[:-1])
    with pytest.raises(Malformed, match="over"):
        server.receive(flight)


def test_protection_round_trip_and_sequence() -> None:
    one, other = (records.Protection(bytes(20), bytes(16), bytes(16)) for _ in range(2))
    for content in (b"", b"x" * 11, b"y" * 12, b"z" * 5000):
        (record,) = records.split(one.seal(records.HANDSHAKE, content))
        assert other.open(record) == content
    (record,) = records.split(one.seal(records.HANDSHAKE, b"again"))
    other.open(record)
    with pytest.raises(Malformed):
        other.open(record)


class Issued:
    """A record of certificates: those of ``people``."""

    def __init__(self, *owners: tuple[Party, CertificateOwner]) -> None:
        self.owners = {der(party.certificate): owner for party, owner in owners}

    async def owner(self, certificate: bytes) -> CertificateOwner:
        if certificate not in self.owners:
            raise Denied("not a certificate of ours")
        return self.owners[certificate]


PERSON = Person(objectGUID="g1", sAMAccountName="alice", userPrincipalName="alice@contoso.test", displayName="Alice")


def association(expires: datetime = NOW + timedelta(days=100)) -> TlsDskAssociation:
    issued = Issued((ALICE, CertificateOwner(PERSON, expires)))
    return TlsDskAssociation("0A0B0C0D", 4, SERVER, issued, lambda: NOW, os.urandom)


def test_association_signs_and_verifies() -> None:
    async def run() -> None:
        one, client = association(), TlsClient(ALICE)
        assert not one.ready
        last = await one.step(client.answer(await one.step(client.hello())))
        signing = client.check(last)
        assert one.ready
        assert one.person is PERSON
        assert one.expires == NOW + timedelta(hours=8)
        theirs = hmac.new(signing.client, b"<TLS-DSK>", "sha1").hexdigest()
        assert one.verify(b"<TLS-DSK>", theirs)
        assert one.verify(b"<TLS-DSK>", theirs.upper())
        assert not one.verify(b"<TLS-DSK><>", theirs)
        assert not one.verify(b"<TLS-DSK>", theirs[:-2])
        assert not one.verify(b"<TLS-DSK>", "\udce4")
        assert one.sign(b"<a>") == hmac.new(signing.server, b"<a>", "sha1").hexdigest()

    asyncio.run(run())


def test_association_ends_with_the_certificate() -> None:
    async def run() -> None:
        one, client = association(NOW + timedelta(minutes=5)), TlsClient(ALICE)
        await one.step(client.answer(await one.step(client.hello())))
        assert one.expires == NOW + timedelta(minutes=5)

    asyncio.run(run())


def test_association_denies() -> None:
    async def run() -> None:
        stranger = CA.issue("bob@contoso.test")
        one, client = association(), TlsClient(stranger)
        flight = client.answer(await one.step(client.hello()))
        with pytest.raises(Denied, match="not a certificate of ours"):
            await one.step(flight)
        assert not one.ready
        two = association()
        with pytest.raises(Denied, match="TLS-DSK"):
            await two.step(b"\x16\x03\x01")

    asyncio.run(run())


def test_keys_hide_themselves() -> None:
    assert "secret" not in repr(keys.SigningKeys(b"secret", b"secret"))
    assert "secret" not in repr(keys.ConnectionKeys(*[b"secret"] * 6))
