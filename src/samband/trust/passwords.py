"""Passwords: kept as argon2id and as the forms that switched-on protocols need, checked without holding up the loop."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

import argon2

from samband.directory.api import Directory
from samband.feed.api import Feed
from samband.model.changes import Change, PasswordChanged, PersonChanged, ProofsRevoked
from samband.model.people import Person
from samband.store import client_certificates
from samband.store import secrets as rows
from samband.store.api import Store, StoreUnavailable, WriteTx
from samband.trust import forms
from samband.trust.background import Background
from samband.trust.expiry import Expired, Expiry
from samband.trust.proofs import Proofs
from samband.trust.throttle import Throttle

T = TypeVar("T")

LONGEST = 1024
"""Characters of a login or a password; longer ones are wrong without being looked at."""
MOST_WAITING = 256
THREADS = 2


class Busy(Exception):
    """No password can be checked now: too many wait for it, or the store is away."""


class Passwords:
    """Checks, sets and removes passwords; hands NT hashes and HA1 to the protocols that need them.

    Those two are held in memory (and only where switched on), because SIP and NTLM ask for them on the event loop.
    ``clock`` gives seconds that never go back, ``random`` unpredictable bytes.
    """

    def __init__(
        self,
        store: Store,
        feed: Feed,
        directory: Directory,
        wanted: forms.Wanted,
        *,
        clock: Callable[[], float],
        random: Callable[[int], bytes],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        hasher: argon2.PasswordHasher | None = None,
        expiry: Expiry | None = None,
    ) -> None:
        self._store = store
        self._directory = directory
        self._wanted = wanted
        self._sleep = sleep
        self._expiry = expiry or Expiry()
        self._hasher = hasher or forms.standard_hasher()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="passwords")
        self._proofs = Proofs(random(32), clock)
        self.throttle = Throttle(clock)
        self._running: dict[bytes, asyncio.Task[Person | None]] = {}
        self._background = Background()
        self._nt: dict[str, bytes] = {}
        self._ha1: dict[str, list[rows.Digest]] = {}
        self._marks: dict[str, bytes] = {}
        self._ages: dict[str, int] = {}
        self._generations: dict[str, int] = {}
        self._epoch = 0
        # What an unknown login is checked against, so that it takes as long as a known one.
        self._decoy = self._hasher.hash(random(32))
        self._leave = feed.listen(("directory",), self._hear)

    async def load(self) -> None:
        """Read the forms that are held in memory, and drop from the store those no longer switched on."""
        wanted = self._wanted

        def tidy(tx: WriteTx) -> None:
            rows.begin_ages(tx, self._expiry.seconds())
            if not wanted.ntlm:
                rows.forget_nt_hashes(tx)
            rows.forget_digests(tx, wanted.digest_realm)

        await self._store.write(tidy)
        await self._reload_all()

    def close(self) -> None:
        """Hear of no more changes and let the threads end."""
        self._leave()
        self._background.close()
        for running in self._running.values():
            running.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def recall(self, login: str, password: str) -> Person | None:
        """Whom ``check`` found with the same words a moment ago: microseconds, nothing awaited."""
        if len(login) > LONGEST or len(password) > LONGEST:
            return None
        guid = self._proofs.person(self._proofs.tag(login, password))
        person = self._directory.by_guid(guid) if guid else None
        return person if person is not None and person.enabled and not self.expired(person.objectGUID) else None

    async def check(self, login: str, password: str, address: str) -> Person | None:
        """The person with this login and password, else None: also for a disabled account, and for a guesser too fast.

        ``address`` is the peer's, without port. Raises ``Busy``, and ``Expired`` for a right password that is too old.
        """
        person = self.recall(login, password)
        if person is not None or len(login) > LONGEST or len(password) > LONGEST:
            return person
        tag = self._proofs.tag(login, password)
        running = self._running.get(tag)
        if running is None:
            if len(self._running) >= MOST_WAITING:
                raise Busy("too many passwords wait to be checked")
            running = asyncio.ensure_future(self._prove(tag, login, password, address))
            self._running[tag] = running
            running.add_done_callback(lambda _: self._running.pop(tag, None))
        try:
            return await asyncio.shield(running)
        except StoreUnavailable as problem:
            raise Busy(str(problem)) from None

    async def set(self, guid: str, password: str) -> None:
        """Keep every wanted form of ``password`` for a person, in one write; what the old one gave is good no more.

        Raises ``LookupError``, ``ValueError``.
        """
        person = self._directory.by_guid(guid)
        if person is None:
            raise LookupError(f"nobody has the objectGUID {guid}")
        if not 0 < len(password) <= LONGEST:
            raise ValueError(f"a password has 1 to {LONGEST} characters")
        made = await self._in_thread(lambda: forms.make(self._hasher, person, password, self._wanted))

        kept = dataclasses.replace(made, set_at=self._expiry.seconds())

        def write(tx: WriteTx) -> None:
            rows.put(tx, guid, kept)
            _revoke(tx, guid)

        await self._store.write(write)
        await self._reload(guid)

    async def remove(self, guid: str) -> None:
        """Forget a person's password: they cannot sign in with one until it is set again."""

        def write(tx: WriteTx) -> None:
            if rows.remove(tx, guid):
                _revoke(tx, guid)

        await self._store.write(write)
        await self._reload(guid)

    def nt_hash(self, guid: str) -> bytes | None:
        """The NT hash, where NTLM is switched on and a password was set since."""
        return self._nt.get(guid) if self._wanted.ntlm else None

    def ha1(self, guid: str, algorithm: str, username: str = "") -> str | None:
        """HA1 in lower-case hex for the site's Digest realm; ``algorithm`` is ``MD5`` or ``SHA-256``.

        ``username`` is the name as the client wrote it; left out, the person's sAMAccountName.
        """
        if not username:
            person = self._directory.by_guid(guid)
            username = person.sAMAccountName if person is not None else ""
        for one in self._ha1.get(guid, ()):
            if one.username == username and one.algorithm == algorithm:
                return one.ha1
        return None

    def credential(self, login: str) -> tuple[Person, bytes] | None:
        """What an NTLM acceptor looks up."""
        person = self._directory.by_login(login)
        found = self.nt_hash(person.objectGUID) if person is not None else None
        return (person, found) if person is not None and found is not None else None

    def expires(self, guid: str) -> datetime | None:
        """When a person's password expires; None: never, or there is none."""
        return self._expiry.expires(self._ages.get(guid, 0))

    def expired(self, guid: str) -> bool:
        """Whether it has."""
        return self._expiry.is_over(self._ages.get(guid, 0))

    def check_age(self, person: Person) -> None:
        """For protocols that prove a password without telling it. Raises ``Expired``."""
        if self._expiry.maximum_age is not None and self.expired(person.objectGUID):
            raise Expired(person.sAMAccountName)

    def mark(self, guid: str) -> bytes:
        """Tells a person's password from every other one, also after a restart; empty where there is none.

        What is made for who gave a password, and outlives the moment, is bound to it.
        """
        return self._marks.get(guid, b"")

    def generation(self, guid: str) -> int:
        """Grows whenever a password changes: whoever remembers that somebody signed in compares it."""
        return self._epoch + self._generations.get(guid, 0)

    def account(self, login: str) -> str:
        """What the throttle counts attempts for ``login`` under: one name a person, whatever form they sign in with."""
        person = self._directory.by_login(login)
        return person.objectGUID if person is not None else login

    async def _prove(self, tag: bytes, login: str, password: str, address: str) -> Person | None:
        account = self.account(login)
        wait = self.throttle.reserve(account, address)
        if wait is None:
            return None
        if wait > 0:
            await self._sleep(wait)
        person = self._directory.by_login(login)
        guid = person.objectGUID if person is not None else ""
        generation = self.generation(guid)
        kept = await self._store.read(lambda tx: rows.get(tx, guid))
        encoded = kept.argon2 if kept is not None else self._decoy
        right = await self._in_thread(lambda: forms.matches(self._hasher, encoded, password))
        if not right or person is None or kept is None or not person.enabled:
            return None
        self.throttle.succeeded(account, address)
        if self._expiry.is_over(kept.set_at):
            raise Expired(login)
        if not forms.complete(kept, person, self._wanted):
            await self._complete(person, password, kept)
        elif generation == self.generation(guid):
            self._proofs.add(tag, guid)
        return person

    async def _complete(self, person: Person, password: str, kept: rows.Secrets) -> None:
        """Make the forms that were not wanted, or had other names in them, when this password was set."""
        guid = person.objectGUID
        made = await self._in_thread(lambda: forms.make(self._hasher, person, password, self._wanted, kept.argon2))

        def write(tx: WriteTx) -> None:
            now = rows.get(tx, guid)
            if now is not None and now.argon2 == kept.argon2:
                rows.put(tx, guid, dataclasses.replace(made, set_at=kept.set_at))
                tx.append(PasswordChanged(scope="directory", guid=guid))

        await self._store.write(write)
        await self._reload(guid)

    def _in_thread(self, work: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _hear(self, changes: Sequence[Change]) -> asyncio.Future[Any] | None:
        if not changes:
            # News were lost: any password may be another one now.
            self._proofs.clear()
            self._epoch += 1
            return self._background.start(self._reload_all)
        readings = []
        for change in changes:
            if isinstance(change, PersonChanged):
                self._proofs.void(change.guid)
            elif isinstance(change, PasswordChanged):
                readings.append(self._changed(change.guid))
        return asyncio.gather(*readings, return_exceptions=True) if readings else None

    def _changed(self, guid: str) -> asyncio.Task[None]:
        self._proofs.void(guid)
        self._generations[guid] = self._generations.get(guid, 0) + 1
        self._nt.pop(guid, None)
        self._ha1.pop(guid, None)
        self._marks.pop(guid, None)
        self._ages.pop(guid, None)
        return self._background.start(functools.partial(self._reload, guid))

    async def _reload_all(self) -> None:
        """Read the forms in memory anew for everyone."""
        while True:
            before = self._epoch, dict(self._generations)
            found = await self._store.read(
                lambda tx: (rows.nt_hashes(tx), rows.digests(tx), rows.ages(tx), rows.argon2s(tx))
            )
            if before == (self._epoch, self._generations):
                break
        self._nt, self._ha1, self._ages, encoded = found
        self._marks = {guid: _mark(one) for guid, one in encoded.items()}

    async def _reload(self, guid: str) -> None:
        """Bring the forms in memory up to date for one person."""
        while True:
            generation = self.generation(guid)
            kept = await self._store.read(lambda tx: rows.get(tx, guid))
            if generation == self.generation(guid):
                break
        self._nt.pop(guid, None)
        self._ha1.pop(guid, None)
        self._marks.pop(guid, None)
        self._ages.pop(guid, None)
        if kept is not None:
            self._marks[guid] = _mark(kept.argon2)
            self._ages[guid] = kept.set_at
        if kept is not None and kept.nt_hash is not None and self._wanted.ntlm:
            self._nt[guid] = kept.nt_hash
        if kept is not None and kept.digests:
            self._ha1[guid] = list(kept.digests)


def _mark(encoded: str) -> bytes:
    return hashlib.sha256(encoded.encode()).digest()


def _revoke(tx: WriteTx, guid: str) -> None:
    """Void what a person got for the password they had: proofs, sign-ins, certificates."""
    client_certificates.revoke(tx, guid)
    tx.append(PasswordChanged(scope="directory", guid=guid))
    tx.append(ProofsRevoked(scope="directory", guid=guid))
