"""One partner: what is kept of it, and what it may do."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from samband.store.partners import PartnerRow
from samband.trust.oauth.names import ANY_REALM, Principal
from samband.wire.jose.metadata import thumbprint

APPLICATION, DELEGATED, SERVER = "application", "delegated", "server"
"""A partner that signs for itself; one whose tokens come from an authorization server; such a server."""

TrustLevel = Literal["Full", "Application", "User"]
"""As itself and for any user; only as itself; only for users."""

DEFAULT_PERMISSIONS = frozenset({"UserApplication", "ArchiveApplication"})
"""The roles of the linked account that a partner application gets at its setup."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Partner:
    """A stored partner with its keys ready for use, by thumbprint."""

    row: PartnerRow
    keys: dict[str, rsa.RSAPublicKey] = field(repr=False)

    @property
    def issuer(self) -> Principal:
        """As a challenge lists it."""
        return Principal(self.row.application, self.row.realm or ANY_REALM)

    def fits(self, principal: Principal) -> bool:
        """Whether ``principal`` is this application, in a realm it may be in; both with case."""
        in_realm = self.row.realm in ("", ANY_REALM, principal.realm)
        return self.row.application == principal.application and in_realm


def prepare(row: PartnerRow) -> Partner:
    """A row with its keys taken out of the certificates; those that RS256 cannot use are left out."""
    keys: dict[str, rsa.RSAPublicKey] = {}
    for certificate in row.certificates:
        try:
            key = x509.load_der_x509_certificate(certificate).public_key()
        except Exception:  # the parser's own errors are of many kinds
            _log.warning("partner %s: a certificate cannot be read", row.name)
            continue
        if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
            keys[thumbprint(certificate)] = key
    return Partner(row, keys)
