"""Making certificates: which fields a CA's, a server's, a client's and a signer's have [RFC5280]."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
KeyKind = Literal["ec", "rsa"]

_SKEW = timedelta(hours=1)
"""Certificates begin this long ago, for clients whose clocks are behind."""
_LONGEST_COMMON_NAME = 64


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: Key = field(repr=False)

    def pem(self) -> bytes:
        """The certificate, then the key."""
        return self.certificate.public_bytes(serialization.Encoding.PEM) + self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @classmethod
    def read(cls, pem: bytes) -> Identity:
        """What ``pem`` wrote. Raises ``ValueError``."""
        key = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise ValueError("the key is neither RSA nor EC")
        certificate = x509.load_pem_x509_certificate(pem)
        if certificate.public_key() != key.public_key():
            raise ValueError("the key is not that of the certificate")
        return cls(certificate, key)


def new_key(kind: KeyKind) -> Key:
    """P-256, or RSA with 2048 bits."""
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def authority(name: str, key: Key, now: datetime, lifetime: timedelta) -> x509.Certificate:
    """A self-signed CA that signs end entities only."""
    subject = _name(name)
    builder = _builder(subject, subject, key.public_key(), now, lifetime).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    builder = builder.add_extension(_usage(certificates=True), critical=True)
    return builder.sign(key, hashes.SHA256())


def server(
    issuer: Identity, names: Sequence[str], key: PublicKey, now: datetime, lifetime: timedelta
) -> x509.Certificate:
    """A TLS server's certificate for DNS names and IP addresses, the first one in the subject."""
    subject = _name(names[0][:_LONGEST_COMMON_NAME])
    builder = _issued(issuer, subject, key, now, lifetime)
    builder = builder.add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
    # Servers call each other too, over mutual TLS, with the same certificate.
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = builder.add_extension(x509.ExtendedKeyUsage(both), critical=False)
    builder = builder.add_extension(_usage(encipherment=isinstance(key, rsa.RSAPublicKey)), critical=True)
    return builder.sign(issuer.key, hashes.SHA256())


def client(issuer: Identity, user: str, key: PublicKey, now: datetime, lifetime: timedelta) -> x509.Certificate:
    """A sign-in certificate for ``user@domain``, which stands in the subject and as a SIP address."""
    builder = _issued(issuer, _name(user), key, now, lifetime)
    address = x509.UniformResourceIdentifier(f"sip:{user}")
    builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    builder = builder.add_extension(_usage(), critical=True)
    return builder.sign(issuer.key, hashes.SHA256())


def signer(name: str, domains: Sequence[str], key: Key, now: datetime, lifetime: timedelta) -> x509.Certificate:
    """A self-signed certificate whose key signs tokens; receivers check by key, not by chain."""
    subject = _name(name)
    builder = _builder(subject, subject, key.public_key(), now, lifetime)
    if domains:
        alternatives = x509.SubjectAlternativeName([_alternative(domain) for domain in domains])
        builder = builder.add_extension(alternatives, critical=False)
    return builder.add_extension(_usage(), critical=True).sign(key, hashes.SHA256())


def is_fresh(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether at least a third of its life is left."""
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return begin <= now and (end - now) * 3 >= end - begin


def common_name(certificate: x509.Certificate) -> str:
    """The one common name of its subject. Raises ``ValueError``."""
    [name] = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(name.value)


def names_of(certificate: x509.Certificate) -> set[str]:
    """The DNS names and IP addresses it is for."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))}


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, certificates: bool = False, encipherment: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=encipherment,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _issued(
    issuer: Identity, subject: x509.Name, key: PublicKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    authority_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    return (
        _builder(subject, issuer.certificate.subject, key, now, lifetime)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(authority_key, critical=False)
    )
