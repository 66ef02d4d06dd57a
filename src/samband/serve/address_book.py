"""The address book as the file that clients download, for whoever administers a site."""

from __future__ import annotations

import asyncio
from pathlib import Path

from samband.deployment.places import Places
from samband.ground import Ground
from samband.lync.actions.address_book import AddressBook, Everything
from samband.lync.web.address_book_file import photo_links, written
from samband.lync.web.places import ADDRESS_BOOK_FILES
from samband.serve.client_policy import largest_photo
from samband.serve.paths import taken_ports


async def write_address_book(ground: Ground, path: Path) -> Everything:
    """Write the address book to ``path``; what is in it. Raises ``OSError``."""
    policy = ground.site.client_policy
    # What is not published has no photos to link to.
    largest = 0 if policy.address_book_availability == "off" else largest_photo(policy)
    book = AddressBook(ground.directory, largest)
    try:
        found = book.everything()
    finally:
        book.close()
    base = Places(ground.site, taken_ports(ground.site.listen, probe=False)).web_url + ADDRESS_BOOK_FILES
    await asyncio.to_thread(lambda: path.write_bytes(b"".join(written(found, photo_links(book, base)))))
    return found
