"""The certificates clients sign in with: issued, remembered, recognised, revoked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from cryptography import x509

from samband.directory.api import Directory
from samband.model.changes import ProofsRevoked
from samband.model.people import Person
from samband.store import client_certificates as rows
from samband.store.api import Store, WriteTx
from samband.trust.certificates import SiteCertificates
from samband.trust.denied import Denied
from samband.trust.sip.tls_dsk.association import CertificateOwner

_LONGEST_DEVICE = 128


class IssuedCertificates:
    """Certificates of a site's CA for its people's devices. A certificate is good only while its record is.

    ``clock`` gives aware time.
    """

    def __init__(
        self, certificates: SiteCertificates, store: Store, directory: Directory, clock: Callable[[], datetime]
    ) -> None:
        self._certificates = certificates
        self._store = store
        self._directory = directory
        self._clock = clock

    async def issue(self, request: bytes, person: Person, device: str) -> bytes:
        """A certificate (DER) for ``person`` over the key of a PKCS#10 request (DER). Raises ``Denied``.

        When this returns, the record is on disk and the certificate works.
        """
        if not person.sip:
            raise Denied("the account is not enabled for SIP", account=person.userPrincipalName)
        issued = self._certificates.issue_client(request, person.sip.lower())
        shown = x509.load_der_x509_certificate(issued)
        row = rows.IssuedCertificate(
            serial=f"{shown.serial_number:x}",
            person=person.objectGUID,
            device=device[:_LONGEST_DEVICE],
            expires=int(shown.not_valid_after_utc.timestamp()),
        )
        now = int(self._clock().timestamp())
        await self._store.write(lambda tx: rows.put(tx, row, now))
        return issued

    async def owner(self, certificate: bytes) -> CertificateOwner:
        """Whose certificate (DER) this is, and until when it is good.

        Raises ``Denied`` where it is not ours, expired, revoked or not on record, or its owner may not sign in.
        """
        name, expires = self._certificates.client_of(certificate)
        serial = f"{x509.load_der_x509_certificate(certificate).serial_number:x}"
        row = await self._store.read(lambda tx: rows.get(tx, serial))
        if row is None or row.revoked:
            raise Denied("the certificate was revoked or is not on record", account=name)
        person = self._directory.by_guid(row.person)
        if person is None or not person.enabled:
            raise Denied("the account is disabled", account=name)
        return CertificateOwner(person, expires)

    async def revoke(self, person: Person) -> int:
        """Make every certificate of ``person`` worthless and end what they signed in to; how many there were."""

        def work(tx: WriteTx) -> int:
            tx.append(ProofsRevoked(scope="directory", guid=person.objectGUID))
            return rows.revoke(tx, person.objectGUID)

        return await self._store.write(work)
