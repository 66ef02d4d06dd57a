"""The whole address book as one file that everybody's programs read, for those who are signed in."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from samband.lync.actions.address_book import AddressBook, Everything
from samband.lync.web.address_book_cards import Link, cards
from samband.lync.web.answers import answer
from samband.model.people import Person
from samband.wire.http import HttpRequest, HttpResponse, is_known, takes_coding

NAME = "address-book.vcf"
TYPE = "text/vcard; charset=utf-8"
_AT_ONCE = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Made:
    """The file, packed by gzip, as the book was under a ``number``. ``tag`` changes with its bytes."""

    packed: bytes
    tag: str
    number: int


def photo_links(book: AddressBook, base: str) -> Link:
    """``base`` is what is told of as the place of the address book's files."""

    def link(person: Person) -> str:
        return f"{base}/photos/{person.objectGUID}.jpg" if book.photo(person) else ""

    return link


def make(book: Everything, photo: Link) -> Made:
    """Write the file. The same book always gives the same bytes."""
    packer = zlib.compressobj(wbits=_GZIP)
    digest = hashlib.sha256()
    packed = []
    for part in written(book, photo):
        digest.update(part)
        packed.append(packer.compress(part))
    packed.append(packer.flush())
    return Made(b"".join(packed), digest.hexdigest()[:32], book.number)


def written(book: Everything, photo: Link) -> Iterator[bytes]:
    """The bytes of the file, card by card."""
    return (card.encode("utf-8", "replace") for card in cards(book, photo))


class AddressBookFile:
    """Keeps the file packed, and makes it anew when it is asked for and the directory has changed."""

    def __init__(self, book: AddressBook, base: str, host: str) -> None:
        """``base``: where the address book's files are; ``host``: the name the server gives itself."""
        self._book = book
        self._photo = photo_links(book, base)
        self._host = host
        self._made: Made | None = None
        self._making = asyncio.Lock()

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer a GET or HEAD of somebody who may read the book."""
        made = await self._now()
        packed = takes_coding(request.headers.get("Accept-Encoding"), "gzip")
        tag = f"{made.tag}-gzip" if packed else made.tag
        if is_known(request.headers.get("If-None-Match"), tag):
            response = answer(self._host, 304)
        else:
            response = answer(self._host, 200, TYPE)
            response.body = made.packed if packed else _unpacked(made.packed)
            response.headers.append(("Content-Disposition", f'attachment; filename="{NAME}"'))
            if packed:
                response.headers.append(("Content-Encoding", "gzip"))
        response.headers += [("ETag", f'"{tag}"'), ("Cache-Control", "private, no-cache"), ("Vary", "Accept-Encoding")]
        return response

    async def _now(self) -> Made:
        async with self._making:
            if self._made is None or self._made.number != self._book.number:
                # A large organisation takes a while to write down: not on the loop.
                self._made = await asyncio.to_thread(make, self._book.everything(), self._photo)
            return self._made


async def _unpacked(packed: bytes) -> AsyncIterator[bytes]:
    """The file piece by piece, each made when the peer has taken what came before."""
    unpacker = zlib.decompressobj(wbits=_GZIP)
    piece = unpacker.decompress(packed, _AT_ONCE)
    while piece:
        yield piece
        await asyncio.sleep(0)
        piece = unpacker.decompress(unpacker.unconsumed_tail, _AT_ONCE)
