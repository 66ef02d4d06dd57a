"""A site's own certificate authority and what it issues: server certificates, and sign-in certificates for TLS-DSK.

The CA and TLS servers have P-256 keys: every client here takes them, and a handshake costs a tenth of RSA's. Where a
peer needs RSA (TLS-DSK, tokens) the key has 2048 bits. A file is one PEM with certificate and key, so that
the two never stand beside each other from different days.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from samband.model.failures import Failure
from samband.trust.denied import Denied
from samband.trust.files import write_private
from samband.trust.x509 import (
    Identity,
    KeyKind,
    authority,
    client,
    common_name,
    is_fresh,
    names_of,
    new_key,
    server,
    signer,
)

log = logging.getLogger(__name__)

AUTHORITY_LIFETIME = timedelta(days=3650)
SERVER_LIFETIME = timedelta(days=397)
CLIENT_LIFETIME = timedelta(days=180)
SIGNER_LIFETIME = timedelta(days=1826)
_LARGEST_REQUEST = 16_384


class SiteCertificates:
    """The certificates of one site, in ``folder``. ``clock`` gives an aware time.

    ``bought`` is the file of the certificate that listeners show instead of one that the site issues itself. Making
    keys takes up to a second: not for the event loop.
    """

    def __init__(
        self, folder: Path, organisation: str, clock: Callable[[], datetime], bought: Path | None = None
    ) -> None:
        self._folder = folder
        self._bought = bought
        self._clock = clock
        self._authority = self._load_authority(organisation)

    @property
    def authority_file(self) -> Path:
        """The CA's certificate in PEM, for clients to trust: readable to everybody, without the key."""
        return self._folder / "ca.crt"

    @property
    def authority(self) -> x509.Certificate:
        """The CA's certificate."""
        return self._authority.certificate

    def listener(self, names: Sequence[str]) -> Path:
        """The PEM file of what listeners show: the one that was bought, else one of our own with these names.

        Where the one that was bought lacks names, the log says which. Raises ``OSError``, ``Failure``.
        """
        if self._bought is None:
            return self.server("web", names)
        try:
            found = _read(self._bought)
        except OSError as error:
            raise Failure("NoCertificate", f"trust.server_certificate: {self._bought}: {error.strerror}") from None
        if found is None:
            raise Failure("NoCertificate", f"trust.server_certificate: there is no file {self._bought}")
        lacking = [name for name in names if not _is_for(name, names_of(found.certificate))]
        if lacking:
            log.warning("clients will refuse the certificate where it has not the name", extra={"names": lacking})
        return self._bought

    def server(self, label: str, names: Sequence[str], kind: KeyKind = "ec") -> Path:
        """The PEM file (certificate, then key) of a server with these DNS names and IP addresses.

        Kept under ``label`` and made anew, key and all, when less than a third of its life is left, or it is for
        other names, or by another CA. Call it again from time to time. Raises ``OSError``, ``Failure``.
        """
        path = self._folder / f"{label}.pem"
        now = self._clock()
        found = _read(path)
        if found is None or not self._serves(found, names, kind, now):
            key = new_key(kind)
            found = Identity(server(self._authority, names, key.public_key(), now, SERVER_LIFETIME), key)
            write_private(path, found.pem())
        return path

    def issue_client(self, request: bytes, user: str, lifetime: timedelta = CLIENT_LIFETIME) -> bytes:
        """A sign-in certificate (DER) for ``user@domain``, over the key of a PKCS#10 request in DER.

        Only the key is taken from the request: who it is for is what trust found out itself. Raises ``Denied``.
        """
        if len(request) > _LARGEST_REQUEST:
            raise Denied("the certificate request is too large", account=user)
        try:
            asked = x509.load_der_x509_csr(request)
            key = asked.public_key()
            signed = asked.is_signature_valid
        except Exception:  # the parser's own errors are of many kinds
            raise Denied("malformed certificate request", account=user) from None
        if not signed:
            raise Denied("the certificate request is not signed by its key", account=user)
        if isinstance(key, rsa.RSAPublicKey):
            if not 2048 <= key.key_size <= 8192:
                raise Denied("the key of the certificate request has a wrong size", account=user)
        elif not isinstance(key, ec.EllipticCurvePublicKey):
            raise Denied("the key of the certificate request is of an unknown kind", account=user)
        issued = client(self._authority, user, key, self._clock(), lifetime)
        return issued.public_bytes(Encoding.DER)

    def client_of(self, certificate: bytes) -> tuple[str, datetime]:
        """For whom a sign-in certificate (DER) was issued here, as ``user@domain``, and when it ends.

        Says nothing about whether the peer holds its key. Raises ``Denied``.
        """
        try:
            shown = x509.load_der_x509_certificate(certificate)
            shown.verify_directly_issued_by(self._authority.certificate)
            usage = shown.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            name = common_name(shown)
        except InvalidSignature:
            raise Denied("the certificate was not issued here") from None
        except Exception:  # the parser's own errors are of many kinds
            raise Denied("malformed certificate, or not one for signing in") from None
        if list(usage) != [ExtendedKeyUsageOID.CLIENT_AUTH]:
            raise Denied("the certificate is not one for signing in")
        if not shown.not_valid_before_utc <= self._clock() <= shown.not_valid_after_utc:
            raise Denied("the certificate has expired", account=name)
        return name, shown.not_valid_after_utc

    def _serves(self, found: Identity, names: Sequence[str], kind: KeyKind, now: datetime) -> bool:
        same_kind = isinstance(found.key, rsa.RSAPrivateKey) == (kind == "rsa")
        if not same_kind or names_of(found.certificate) != set(names) or not is_fresh(found.certificate, now):
            return False
        try:
            found.certificate.verify_directly_issued_by(self._authority.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    def _load_authority(self, organisation: str) -> Identity:
        path = self._folder / "ca.pem"
        now = self._clock()
        found = _read(path)
        if found is None or not is_fresh(found.certificate, now):
            # A renewed CA keeps its key and name, so that what it issued before still holds.
            key = found.key if found is not None else new_key("ec")
            name = common_name(found.certificate) if found is not None else f"{organisation} Samband CA"[:64]
            found = Identity(authority(name, key, now, AUTHORITY_LIFETIME), key)
            write_private(path, found.pem())
        public = found.certificate.public_bytes(Encoding.PEM)
        if not self.authority_file.exists() or self.authority_file.read_bytes() != public:
            write_private(self.authority_file, public, 0o644)
        return found


def token_signer(name: str, domains: Sequence[str], now: datetime) -> Identity:
    """A new self-signed certificate and RSA key for signing tokens, good for five years."""
    key = new_key("rsa")
    return Identity(signer(name, domains, key, now, SIGNER_LIFETIME), key)


def _is_for(name: str, names: Collection[str]) -> bool:
    """Whether one of a certificate's ``names`` is ``name``, or has an asterisk for its first label.

    Addresses do not count: nobody but a test asks for a site by its address.
    """
    with suppress(ValueError):
        ipaddress.ip_address(name)
        return True
    wanted = {name.lower(), f"*.{name.lower().partition('.')[2]}"}
    return not wanted.isdisjoint(one.lower() for one in names)


def _read(path: Path) -> Identity | None:
    """What stands in a file of ours, None where there is none. Raises ``Failure`` for anything else."""
    try:
        pem = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return Identity.read(pem)
    except (ValueError, TypeError) as problem:  # TypeError: the key is encrypted
        raise Failure("DamagedKey", f"{path} does not hold a certificate and its key: {problem}") from None
