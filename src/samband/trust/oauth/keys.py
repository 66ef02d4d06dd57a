"""The keys a service signs its tokens with: one current, perhaps one that is announced, perhaps one just left."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from samband.feed.api import Feed
from samband.model.changes import Change, TrustChanged
from samband.store import keys as rows
from samband.store.api import Store, WriteTx
from samband.trust.background import Background
from samband.trust.certificates import token_signer
from samband.trust.x509 import Identity, is_fresh
from samband.wire.jose.metadata import thumbprint

ANNOUNCED = timedelta(days=14)
"""How long a new key stands in the metadata before it signs: partners poll."""
_log = logging.getLogger(__name__)


class SigningKeys:
    """The signing keys of one service, the same on every node because they are in the store.

    ``owner`` is the service's application id; ``name`` and ``domains`` stand in the certificates.
    """

    def __init__(
        self,
        store: Store,
        feed: Feed,
        owner: str,
        clock: Callable[[], datetime],
        *,
        name: str,
        domains: Sequence[str] = (),
    ) -> None:
        self._store = store
        self._owner = owner
        self._clock = clock
        self._name = name
        self._domains = tuple(domains)
        self._slots: dict[str, Identity] = {}
        self._effective = datetime.max.replace(tzinfo=UTC)
        self._asked = self._shown = 0
        self._background = Background()
        self._leave = feed.listen(("trust",), self._hear)

    async def load(self) -> None:
        """Read the keys; a service that has none yet gets one."""
        await self._reload()
        if rows.CURRENT not in self._slots:
            await self._fill(rows.CURRENT, self._clock())

    def close(self) -> None:
        """Hear of no more changes."""
        self._leave()
        self._background.close()

    @property
    def x5t(self) -> str:
        """Thumbprint of the current certificate."""
        return thumbprint(_der(self._slots[rows.CURRENT]))

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """DER of the current certificate, then of the next and the previous one where there are such."""
        return tuple(
            _der(self._slots[slot]) for slot in (rows.CURRENT, rows.NEXT, rows.PREVIOUS) if slot in self._slots
        )

    def sign(self, data: bytes) -> bytes:
        """RS256 with the current key [RFC7518 3.3]."""
        key = self._slots[rows.CURRENT].key
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("a signing key must be RSA")
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())

    async def stage(self, effective: datetime) -> None:
        """Make a next key and announce it; it signs from ``effective`` on. One that is announced already stays."""
        await self._fill(rows.NEXT, effective)

    async def roll(self) -> bool:
        """Let the next key sign now, and keep the current one as the previous; False where there is no next one."""

        def write(tx: WriteTx) -> bool:
            rolled = rows.roll(tx, self._owner)
            if rolled:
                tx.append(TrustChanged(scope="trust", what=self._what))
            return rolled

        rolled = await self._store.write(write)
        await self._reload()
        return rolled

    async def clear_previous(self) -> bool:
        """Stop listing the previous key; False where there is none."""

        def write(tx: WriteTx) -> bool:
            cleared = rows.clear(tx, self._owner, rows.PREVIOUS)
            if cleared:
                tx.append(TrustChanged(scope="trust", what=self._what))
            return cleared

        cleared = await self._store.write(write)
        await self._reload()
        return cleared

    async def maintain(self) -> None:
        """Announce a next key when a third of the current one's life is left, and roll when its day has come.

        To be called once a day or more often.
        """
        now = self._clock()
        if rows.NEXT in self._slots:
            if self._effective <= now:
                await self.roll()
                _log.info("signing key of %s rolled to %s", self._owner, self.x5t)
        elif not is_fresh(self._slots[rows.CURRENT].certificate, now):
            await self.stage(now + ANNOUNCED)
            _log.info("signing key of %s: a next one is announced", self._owner)

    @property
    def _what(self) -> str:
        return f"keys {self._owner}"

    async def _fill(self, slot: str, effective: datetime) -> None:
        made = await asyncio.to_thread(token_signer, self._name, self._domains, self._clock())

        def write(tx: WriteTx) -> None:
            # Two nodes that start together must not both make the first key.
            if slot not in rows.all_of(tx, self._owner):
                rows.put(tx, self._owner, slot, rows.KeyRow(made.pem(), int(effective.timestamp())))
                tx.append(TrustChanged(scope="trust", what=self._what))

        await self._store.write(write)
        await self._reload()

    async def _reload(self) -> None:
        self._asked += 1
        ticket = self._asked
        found = await self._store.read(lambda tx: rows.all_of(tx, self._owner))
        if ticket < self._shown:
            return  # a later look was quicker
        self._shown = ticket
        self._slots = {slot: Identity.read(row.pem) for slot, row in found.items()}
        if rows.NEXT in found:
            self._effective = datetime.fromtimestamp(found[rows.NEXT].effective, UTC)

    def _hear(self, changes: Sequence[Change]) -> asyncio.Task[None] | None:
        # No changes: some were lost.
        if not changes or any(isinstance(change, TrustChanged) and change.what == self._what for change in changes):
            return self._background.start(self._reload)
        return None


def _der(identity: Identity) -> bytes:
    return identity.certificate.public_bytes(Encoding.DER)
