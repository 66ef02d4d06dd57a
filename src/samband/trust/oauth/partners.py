"""Partner applications and authorization servers: whose tokens a service takes, and for what."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from samband.feed.api import Feed
from samband.model.changes import Change, TrustChanged
from samband.store import partners as rows
from samband.store.api import Store, WriteTx
from samband.store.partners import PartnerRow
from samband.trust.background import Background
from samband.trust.oauth.metadata import FetchError, fetch
from samband.trust.oauth.names import Principal
from samband.trust.oauth.partner import (
    APPLICATION,
    DEFAULT_PERMISSIONS,
    DELEGATED,
    SERVER,
    Partner,
    TrustLevel,
    prepare,
)
from samband.wire.http import HttpClient

ASK_AGAIN_AFTER = 60.0
"""Seconds between two looks at a partner's document because of a key it may have got."""
_KEPT, _GONE = "partner", "partner-gone"
_log = logging.getLogger(__name__)


class PartnerError(Exception):
    """A partner that cannot be added as asked; the text says why."""


class Partners:
    """The partners of one service, kept in the store and followed through the feed: changes need no restart.

    ``owner`` is the service's own application id; ``clock`` gives seconds that never go back.
    """

    def __init__(self, store: Store, feed: Feed, owner: str, http: HttpClient, clock: Callable[[], float]) -> None:
        self._store = store
        self._owner = owner
        self._http = http
        self._clock = clock
        self._found: dict[str, Partner] = {}
        self._asked = self._shown = 0
        self._looked: dict[str, float] = {}
        self._background = Background()
        self.problems: dict[str, str] = {}
        """Why a partner's keys could not be refreshed last time, by name; the last good ones stay in use."""
        self._leave = feed.listen(("trust",), self._hear)

    async def load(self) -> None:
        """Read every partner from the store."""
        await self._reload()

    def close(self) -> None:
        """Hear of no more changes."""
        self._leave()
        self._background.close()

    def all(self) -> list[Partner]:
        """Every partner, by name, also those switched off."""
        return [self._found[name] for name in sorted(self._found)]

    def matching(self, principal: Principal, kinds: Collection[str]) -> list[Partner]:
        """Partners of these kinds that are switched on and fit ``principal``."""
        return [
            partner
            for partner in self._found.values()
            if partner.row.enabled and partner.row.kind in kinds and partner.fits(principal)
        ]

    def issuers(self) -> list[str]:
        """Whose signatures are taken, as a challenge lists them."""
        signing = [one for one in self.all() if one.row.enabled and one.row.kind in (APPLICATION, SERVER)]
        return list(dict.fromkeys(str(partner.issuer) for partner in signing))

    async def add_by_metadata(
        self,
        name: str,
        url: str,
        *,
        trust_level: TrustLevel = "Full",
        permissions: Iterable[str] = DEFAULT_PERMISSIONS,
        linked_account: str = "",
    ) -> Partner:
        """Trust the application whose metadata document is at ``url``. Raises ``PartnerError``."""
        row = await self._from_metadata(name, APPLICATION, url)
        row = replace(row, trust_level=trust_level, permissions=frozenset(permissions), linked_account=linked_account)
        return await self._add(row)

    async def add_by_certificate(
        self,
        name: str,
        application: str,
        realm: str,
        certificates: Sequence[bytes],
        *,
        trust_level: TrustLevel = "Full",
        permissions: Iterable[str] = DEFAULT_PERMISSIONS,
        linked_account: str = "",
    ) -> Partner:
        """Trust an application by its id, realm and certificates (DER). Raises ``PartnerError``."""
        return await self._add(
            PartnerRow(
                owner=self._owner,
                name=name,
                kind=APPLICATION,
                application=application,
                realm=realm,
                trust_level=trust_level,
                permissions=frozenset(permissions),
                linked_account=linked_account,
                certificates=tuple(certificates),
            )
        )

    async def add_delegated(
        self,
        name: str,
        application: str,
        realm: str = "",
        *,
        trust_level: TrustLevel = "Full",
        permissions: Iterable[str] = DEFAULT_PERMISSIONS,
        linked_account: str = "",
    ) -> Partner:
        """Trust an application by tokens that an authorization server issued for it. Raises ``PartnerError``."""
        return await self._add(
            PartnerRow(
                owner=self._owner,
                name=name,
                kind=DELEGATED,
                application=application,
                realm=realm,
                trust_level=trust_level,
                permissions=frozenset(permissions),
                linked_account=linked_account,
            )
        )

    async def add_server(self, name: str, url: str) -> Partner:
        """Trust the authorization server whose metadata document is at ``url``. Raises ``PartnerError``."""
        return await self._add(await self._from_metadata(name, SERVER, url))

    async def remove(self, name: str) -> bool:
        """Trust a partner no more, from the moment this returns; False where there was none."""
        return await self._change(name, lambda tx: rows.remove(tx, self._owner, name), _GONE)

    async def set_enabled(self, name: str, enabled: bool) -> bool:
        """Switch a partner on or off; False where there is none."""
        work = functools.partial(rows.set_enabled, owner=self._owner, name=name, enabled=enabled)
        return await self._change(name, work, _KEPT if enabled else _GONE)

    async def refresh(self) -> None:
        """Read every partner's document again. What cannot be had changes nothing. To be called once an hour."""
        for partner in self.all():
            if partner.row.metadata_url:
                await self._refresh(partner)

    def look_again(self, principal: Principal) -> None:
        """A token bears a key we do not know of this application: perhaps it has rolled. Looks soon, not often."""
        for partner in self.matching(principal, (APPLICATION, SERVER)):
            due = self._looked.get(partner.row.name, float("-inf")) + ASK_AGAIN_AFTER
            if partner.row.metadata_url and due <= self._clock():
                self._looked[partner.row.name] = self._clock()
                self._background.start(functools.partial(self._refresh, partner))

    async def _from_metadata(self, name: str, kind: str, url: str) -> PartnerRow:
        try:
            found = await fetch(self._http, url)
        except FetchError as problem:
            raise PartnerError(str(problem)) from None
        return PartnerRow(
            owner=self._owner,
            name=name,
            kind=kind,
            application=found.service_name,
            realm=found.realm,
            metadata_url=url,
            token_endpoint=found.token_endpoint,
            certificates=found.certificates,
        )

    async def _add(self, row: PartnerRow) -> Partner:
        partner = prepare(row)
        if not row.name or len(row.name) > 200:
            raise PartnerError("a partner needs a name of at most 200 characters")
        try:
            Principal.parse(str(partner.issuer))
        except ValueError:
            raise PartnerError(f"{partner.issuer} does not name an application in a realm") from None
        if row.kind != DELEGATED and not partner.keys:
            raise PartnerError("none of its certificates has an RSA key of 2048 bits or more")

        def write(tx: WriteTx) -> bool:
            rows.put(tx, row)
            return True

        await self._change(row.name, write)
        return partner

    async def _refresh(self, partner: Partner) -> None:
        row = partner.row
        try:
            found = await fetch(self._http, row.metadata_url)
        except FetchError as problem:
            self.problems[row.name] = str(problem)
            _log.warning("keys of partner %s could not be refreshed, the last good ones stay: %s", row.name, problem)
            return
        usable = prepare(replace(row, certificates=found.certificates)).keys
        if found.service_name != row.application or not usable:
            self.problems[row.name] = "the document is of another application, or has no usable key"
            _log.warning("keys of partner %s stay: %s", row.name, self.problems[row.name])
            return
        self.problems.pop(row.name, None)
        if found.certificates != row.certificates:
            keys = found.certificates
            await self._change(row.name, lambda tx: rows.set_keys(tx, self._owner, row.name, keys))
            _log.info("partner %s has new keys: %s", row.name, ", ".join(usable))

    async def _change(self, name: str, work: Callable[[WriteTx], bool], what: str = _KEPT) -> bool:
        def write(tx: WriteTx) -> bool:
            changed = work(tx)
            if changed:
                tx.append(TrustChanged(scope="trust", what=f"{what} {self._owner} {name}"))
            return changed

        changed = await self._store.write(write)
        await self._reload()
        return changed

    async def _reload(self) -> None:
        self._asked += 1
        ticket = self._asked
        found = await self._store.read(lambda tx: rows.all_of(tx, self._owner))
        if ticket < self._shown:
            return  # a later look was quicker
        self._shown = ticket
        self._found = {row.name: prepare(row) for row in found}

    def _hear(self, changes: Sequence[Change]) -> asyncio.Task[None] | None:
        whats = [change.what for change in changes if isinstance(change, TrustChanged)]
        gone = f"{_GONE} {self._owner} "
        for what in whats:
            if what.startswith(gone):
                # At once: what it asks for meanwhile is refused, also while the rows are being read again.
                self._found.pop(what[len(gone) :], None)
        if not changes:
            # News were lost, perhaps of a removal: nobody is trusted until the rows are read.
            self._found = {}
        if not changes or any(what.startswith((gone, f"{_KEPT} {self._owner} ")) for what in whats):
            return self._background.start(self._reload)
        return None
