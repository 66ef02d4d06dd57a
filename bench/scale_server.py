"""A site with a mailbox for each size given: ``python -m bench.scale_server 1000 10000`` prints its port once filled.

``u0`` has the first size in its inbox, ``u1`` the second ... Messages are put straight into the store, as delivery
does; then everything is served as by ``samband serve``. Every mailbox has the same few unread messages, and the same
few with a rare word, so that what a search returns does not grow with what is there.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import uvloop

from bench.samband_server import DOMAIN, add_people, site, told_to_end
from samband.ground import Ground, open_ground
from samband.model.item_values import Body, BodyKind, EmailAddress
from samband.model.items import ItemKind, MessageProperties
from samband.serve import serve_site
from samband.store import folders, item_words, items
from samband.store.api import Blobs, WriteTx
from samband.store.items import Tally

FEW = 20
"""How many messages of a mailbox are unread, have the rare word in their text, and have it in their subject."""
RARE = "xylophone"
_BATCH = 500
_BEGIN = datetime(2016, 1, 1, tzinfo=UTC)
_SYLLABLES = ("ka", "lo", "mi", "ren", "tas", "vo", "dul", "per", "sin", "gar", "bek", "fon")
_WORDS = ["".join(parts) for parts in ((a, b, c) for a in _SYLLABLES for b in _SYLLABLES for c in _SYLLABLES)]


def message(number: int, size: int, chance: random.Random) -> MessageProperties:
    """The ``number``-th of ``size`` messages."""
    few = number % max(1, size // FEW) == 0
    # The first words of the list are much more common than the last, as in any language.
    text = [_WORDS[int(len(_WORDS) * chance.random() ** 3)] for _ in range(200)]
    subject = f"{text[0]} {text[1]} {number % 97}"
    sender = EmailAddress(f"Person {number % 211:03}", f"p{number % 211}@{DOMAIN}")
    moment = _BEGIN + timedelta(minutes=37 * number)
    return MessageProperties(
        subject=f"{subject} {RARE}s" if few else subject,
        body=Body(BodyKind.TEXT, " ".join([*text, RARE] if few else text)),
        from_=sender,
        sender=sender,
        to_recipients=(EmailAddress("Owner", f"u0@{DOMAIN}"),),
        is_read=not few,
        date_time_received=moment,
        date_time_sent=moment,
        date_time_created=moment,
        internet_message_id=f"<{number}@{DOMAIN}>",
    )


async def fill(ground: Ground, mailbox: str, size: int) -> None:
    """Put ``size`` messages into the inbox."""
    inbox = await ground.store.read(lambda tx: folders.defaults(tx, mailbox)["inbox"])
    chance = random.Random(1)
    for start in range(0, size, _BATCH):
        some = [message(number, size, chance) for number in range(start, min(start + _BATCH, size))]
        await ground.store.write(partial(_put, blobs=ground.store.blobs, mailbox=mailbox, folder=inbox, messages=some))


def _put(tx: WriteTx, *, blobs: Blobs, mailbox: str, folder: int, messages: list[MessageProperties]) -> None:
    tally = Tally()
    for properties in messages:
        items.insert(tx, blobs, tally, mailbox, folder, ItemKind.MESSAGE, "IPM.Note", properties)
    tally.settle(tx)


async def main(sizes: list[int]) -> None:
    with tempfile.TemporaryDirectory(prefix="samband-bench-") as name:
        async with open_ground(Path(name), site()) as ground:
            await add_people(ground, len(sizes))
            async with serve_site(ground) as served:
                for number, size in enumerate(sizes):
                    person = ground.directory.by_smtp(f"u{number}@{DOMAIN}")
                    assert person is not None and served.exchange is not None
                    await served.exchange.exchange.folders.ensure(person.msExchMailboxGuid)
                    await fill(ground, person.msExchMailboxGuid, size)
                while await ground.store.read(lambda tx: item_words.waiting(tx, 1)):
                    await asyncio.sleep(0.5)
                print(served.places.ports.http, flush=True)
                await told_to_end()


if __name__ == "__main__":
    uvloop.run(main([int(size) for size in sys.argv[1:]]))
