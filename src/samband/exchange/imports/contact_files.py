"""Contacts and distribution lists in vCard files."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from pathlib import Path

from samband.exchange.actions.imports import Arrival
from samband.exchange.folder_files import folder_name
from samband.exchange.imports.file_batches import Piece, batches, expect
from samband.exchange.imports.places import folder_at, split_path
from samband.exchange.imports.source import Batch, Known, Left, Source, SourceFolder
from samband.exchange.vcards import draft_of_card
from samband.wire.vcard import MAX_CARD, BadCard, cards_in

_CLASS = "IPF.Contact"


@dataclass(frozen=True, slots=True)
class ContactFiles:
    """``*.vcf`` files, each a folder of contacts: or, where a file holds just one card, all in one folder."""

    path: Path
    into: str

    @property
    def name(self) -> str:
        return f"vcf {self.path.resolve()}"

    async def folders(self) -> AsyncIterator[SourceFolder]:
        """See ``Source``. Raises ``OSError``."""
        start = split_path(self.into)
        if self.path.is_file():
            expect(self.path, b"BEGIN:VCARD", "vCard file")
            yield folder_at(start or ("Contacts",), _CLASS, str(self.path))
            return
        files = sorted(one for one in self.path.rglob("*.vcf") if one.is_file())
        if not files:
            raise FileNotFoundError(2, "holds no .vcf file", str(self.path))
        for file in files:
            names = [folder_name(part) for part in file.relative_to(self.path).parts]
            names[-1] = names[-1][: -len(".vcf")]
            yield folder_at((*start, *(names[:-1] if _is_single(file) else names)) or ("Contacts",), _CLASS, str(file))

    async def items(self, folder: SourceFolder, known: Known) -> AsyncIterator[Batch]:
        """See ``Source``. Raises ``OSError``."""
        async for batch in batches(_pieces(Path(folder.id), folder.label), known):
            yield batch


def source(path: Path, into: str, zone: tzinfo | None = None) -> Source:
    """The cards in a file or a folder."""
    return ContactFiles(path, into)


def _is_single(path: Path) -> bool:
    with path.open("rb") as file:
        spans = cards_in(file)
        return next(spans, None) is not None and next(spans, None) is None


def _pieces(path: Path, label: str) -> Iterator[Piece]:
    seen: Counter[bytes] = Counter()
    with path.open("rb") as file:
        spans = list(cards_in(file))
        for offset, length in spans:
            if length > MAX_CARD:
                what = f"the card at {offset}"
                yield Piece(f"{label}@{offset}", 0, partial(Left, what, "it is larger than 16 MB"))
                continue
            file.seek(offset)
            content = file.read(length)
            digest = hashlib.sha256(content).digest()
            seen[digest] += 1
            key = f"{label}:{digest.hex()[:40]}:{seen[digest]}"
            yield Piece(key, length, partial(_read, key, content, offset))


def _read(key: str, content: bytes, offset: int) -> Arrival | Left:
    try:
        _, draft = draft_of_card(content.decode("utf-8", "replace"))
    except BadCard as error:
        return Left(f"the card at {offset}", str(error))
    return Arrival(key=key, draft=draft)
