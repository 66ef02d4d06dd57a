"""The site's CA and what it issues."""

import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from samband.model.failures import Failure
from samband.trust.certificates import SiteCertificates, token_signer
from samband.trust.denied import Denied
from samband.trust.x509 import Identity

NAMES = ["mail.contoso.test", "autodiscover.contoso.test", "127.0.0.31", "::1"]
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Days:
    """A clock in days from now."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at

    def later(self, days: float) -> None:
        self.at += timedelta(days=days)


def site(folder: Path, days: Days | None = None) -> SiteCertificates:
    return SiteCertificates(folder, "Contoso", days or Days())


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_strict_client_that_trusts_the_ca_reaches_every_name(tmp_path: Path, kind: str) -> None:
    certificates = site(tmp_path)
    chain = certificates.server("https", NAMES, kind)  # type: ignore[arg-type]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, chain)
    trusting = ssl.create_default_context(cafile=str(certificates.authority_file))
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    for name in NAMES:
        _handshake(context, trusting, name)
    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake(context, trusting, "other.contoso.test")
    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake(context, ssl.create_default_context(), NAMES[0])


def _handshake(serving: ssl.SSLContext, trusting: ssl.SSLContext, name: str) -> None:
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            with serving.wrap_socket(theirs, server_side=True) as opened:
                opened.recv(1)
        except (ssl.SSLError, OSError):
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with trusting.wrap_socket(ours, server_hostname=name) as opened:
            opened.send(b"x")
    finally:
        ours.close()
        thread.join()


def test_files_with_keys_are_private_and_whole(tmp_path: Path) -> None:
    certificates = site(tmp_path / "keys")
    path = certificates.server("https", NAMES)
    assert {stat.S_IMODE(file.stat().st_mode) for file in (path, tmp_path / "keys" / "ca.pem")} == {0o600}
    assert stat.S_IMODE(certificates.authority_file.stat().st_mode) == 0o644
    assert b"PRIVATE" not in certificates.authority_file.read_bytes()
    assert sorted(file.name for file in (tmp_path / "keys").iterdir()) == ["ca.crt", "ca.pem", "https.pem"]


def test_a_server_certificate_is_kept_until_it_must_be_renewed(tmp_path: Path) -> None:
    days = Days()
    certificates = site(tmp_path, days)
    path = certificates.server("https", NAMES)
    first = path.read_bytes()
    days.later(260)
    assert certificates.server("https", list(reversed(NAMES))).read_bytes() == first
    days.later(10)
    second = certificates.server("https", NAMES).read_bytes()
    assert second != first
    third = certificates.server("https", NAMES[:2]).read_bytes()
    assert third != second
    fourth = certificates.server("https", NAMES[:2], "rsa").read_bytes()
    assert isinstance(Identity.read(fourth).key, rsa.RSAPrivateKey)
    (tmp_path / "ca.pem").unlink()
    assert site(tmp_path, days).server("https", NAMES[:2], "rsa").read_bytes() != fourth


def test_the_ca_is_kept_and_renewed_with_its_key(tmp_path: Path) -> None:
    days = Days()
    first = site(tmp_path, days)
    issued = first.issue_client(request(RSA_KEY), "alice@contoso.test", timedelta(days=9999))
    assert site(tmp_path, days).authority == first.authority
    days.later(2600)
    renewed = site(tmp_path, days)
    assert renewed.authority != first.authority
    assert renewed.authority.public_key() == first.authority.public_key()
    assert renewed.authority_file.read_bytes() == renewed.authority.public_bytes(Encoding.PEM)
    assert renewed.client_of(issued)[0] == "alice@contoso.test"


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    certificates = site(tmp_path)
    path = certificates.server("https", NAMES)
    path.write_bytes(b"nothing")
    with pytest.raises(Failure, match=r"https\.pem"):
        certificates.server("https", NAMES)
    other = site(tmp_path / "other").server("https", NAMES).read_bytes()
    path.write_bytes(Identity.read(other).certificate.public_bytes(Encoding.PEM) + (tmp_path / "ca.pem").read_bytes())
    with pytest.raises(Failure, match="not that of the certificate"):
        certificates.server("https", NAMES)


def request(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, name: str = "anybody") -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return made.public_bytes(Encoding.DER)


def test_a_client_certificate_is_for_whom_we_say(tmp_path: Path) -> None:
    days = Days()
    certificates = site(tmp_path, days)
    issued = certificates.issue_client(request(RSA_KEY, "bob@contoso.test"), "alice@contoso.test")
    name, ends = certificates.client_of(issued)
    assert name == "alice@contoso.test"
    assert timedelta(days=179) < ends - days.at <= timedelta(days=180)
    assert x509.load_der_x509_certificate(issued).public_key() == RSA_KEY.public_key()
    days.later(181)
    with pytest.raises(Denied, match="expired"):
        certificates.client_of(issued)


def test_certificates_that_are_not_ours_to_sign_in_with(tmp_path: Path) -> None:
    certificates = site(tmp_path / "ours")
    foreign = site(tmp_path / "theirs").issue_client(request(RSA_KEY), "alice@contoso.test")
    with pytest.raises(Denied, match="not issued here"):
        certificates.client_of(foreign)
    server = Identity.read(certificates.server("https", NAMES).read_bytes()).certificate
    with pytest.raises(Denied, match="not one for signing in"):
        certificates.client_of(server.public_bytes(Encoding.DER))
    with pytest.raises(Denied):
        certificates.client_of(certificates.authority.public_bytes(Encoding.DER))


def test_requests_that_are_refused(tmp_path: Path) -> None:
    certificates = site(tmp_path)
    good = request(RSA_KEY)
    weak = request(rsa.generate_private_key(public_exponent=65537, key_size=1024))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    edwards = ed25519.Ed25519PrivateKey.generate()
    strange = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(edwards, None)
    unsigned = good[:-1] + bytes([good[-1] ^ 1])
    for wrong in (b"", weak, unsigned, strange.public_bytes(Encoding.DER), good + bytes(20_000)):
        with pytest.raises(Denied):
            certificates.issue_client(wrong, "alice@contoso.test")
    assert certificates.issue_client(request(ec.generate_private_key(ec.SECP256R1())), "alice@contoso.test")


@settings(deadline=None, max_examples=50)
@given(noise=st.binary(max_size=200), cut=st.integers(0, 600))
def test_noise_is_denied(tmp_path_factory: pytest.TempPathFactory, noise: bytes, cut: int) -> None:
    certificates = site(tmp_path_factory.getbasetemp() / "noise")
    for wrong in (noise, request(RSA_KEY)[:cut], b"\x30\x82" + noise):
        with pytest.raises(Denied):
            certificates.issue_client(wrong, "alice@contoso.test")
        with pytest.raises(Denied):
            certificates.client_of(wrong)


def test_a_token_signer() -> None:
    made = token_signer("Contoso Auth", ["contoso.test"], datetime.now(UTC))
    assert isinstance(made.key, rsa.RSAPrivateKey)
    assert made.key.key_size == 2048
    assert made.certificate.issuer == made.certificate.subject
    made.certificate.verify_directly_issued_by(made.certificate)
    assert "BEGIN" not in repr(made)
    assert "PrivateKey" not in repr(made)
    assert Identity.read(made.pem()).certificate == made.certificate
