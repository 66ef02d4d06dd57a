"""Photos of people: everybody sees them, owners set theirs."""

from __future__ import annotations

import asyncio
from hashlib import sha256

from samband.directory.thumbnails import keep_thumbnail
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.photo_cache import PhotoCache
from samband.exchange.pictures import NotAPicture, square_jpegs
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.people import Person
from samband.model.photos import PHOTO_SIZES, THUMBNAIL_SIZE, Photo
from samband.store import photos as rows
from samband.store.api import WriteTx

_AT_A_TIME = 2
"""How many pictures are scaled at once: a large one takes a second and 200 MB."""


class Photos:
    """Verbs about photos. ``address`` names a person by any SMTP address or by the SIP address, ``sip:`` or not."""

    def __init__(self, base: Foundation) -> None:
        self._base = base
        self._cache = PhotoCache(base.feed)
        self._scaling = asyncio.Semaphore(_AT_A_TIME)

    def close(self) -> None:
        """Leave the feed."""
        self._cache.close()

    async def get(self, address: str, size: int) -> Photo | None:
        """The photo of a person with edges of ``size`` pixels, else the largest there is; None: no photo, no person.

        The smallest size comes from the directory first, the others from the mailbox first [MS-OXWSPHOTO 3.1.5.1.1].
        """
        person = self._find(address)
        if person is None:
            return None
        thumbnail = person.thumbnailPhoto
        if thumbnail and size == THUMBNAIL_SIZE:
            return _of_directory(thumbnail)
        found = await self._of_mailbox(person.msExchMailboxGuid, size) if person.msExchMailboxGuid else None
        return found or (_of_directory(thumbnail) if thumbnail else None)

    async def _of_mailbox(self, mailbox: str, size: int) -> Photo | None:
        try:
            return self._cache.get(mailbox, size)
        except KeyError:
            changes = self._cache.changes
            store = self._base.store
            found = await store.read(lambda tx: rows.get(tx, store.blobs, mailbox, size))
            self._cache.put(mailbox, size, found, changes)
            return found

    async def set(self, caller: Caller, address: str, content: bytes) -> None:
        """Make ``content`` the caller's photo in every size, and the smallest the directory's, in one write.

        Raises ``Failure``: ErrorNonExistentMailbox, ErrorAccessDenied for anybody but the owner,
        ErrorInvalidPhotoSize for what is no picture or too large.
        """
        person = self._own(caller, address)
        try:
            async with self._scaling:
                pictures = await asyncio.to_thread(square_jpegs, content, PHOTO_SIZES)
        except NotAPicture as reason:
            raise Failure("ErrorInvalidPhotoSize", str(reason)) from None

        def write(tx: WriteTx) -> None:
            rows.put(tx, self._base.store.blobs, person.msExchMailboxGuid, pictures)
            keep_thumbnail(tx, person.objectGUID, pictures[THUMBNAIL_SIZE])

        await self._base.store.write(write)

    async def remove(self, caller: Caller, address: str) -> None:
        """Have no photo of the caller any more, in mailbox and directory. Raises ``Failure`` like ``set``."""
        person = self._own(caller, address)

        def write(tx: WriteTx) -> None:
            rows.put(tx, self._base.store.blobs, person.msExchMailboxGuid, {})
            keep_thumbnail(tx, person.objectGUID, b"")

        await self._base.store.write(write)

    def _own(self, caller: Caller, address: str) -> Person:
        person = self._find(address)
        if person is None or not person.msExchMailboxGuid:
            raise Failure("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
        if caller.person is None or caller.person.objectGUID != person.objectGUID:
            raise Failure("ErrorAccessDenied", "Only the owner of a mailbox sets its photo.")
        return person

    def _find(self, address: str) -> Person | None:
        scheme, _, rest = address.strip().partition(":")
        bare = rest if scheme.lower() in ("sip", "smtp") else address.strip()
        directory = self._base.directory
        return directory.by_smtp(bare) or directory.by_proxy_sip(bare)


def _of_directory(thumbnail: bytes) -> Photo:
    return Photo(thumbnail, sha256(thumbnail).hexdigest()[:32])
