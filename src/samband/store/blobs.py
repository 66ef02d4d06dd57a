"""Large bodies and attachments as files named by the SHA-256 of their content."""

from __future__ import annotations

import os
import tempfile
from hashlib import sha256
from pathlib import Path

from samband.store.api import BlobDamaged, StoreUnavailable

_HEX = frozenset("0123456789abcdef")


class FileBlobs:
    """Blobs under one directory: ``ab/cd/abcd...``. A file that has its name is complete and durable."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._incoming.mkdir(exist_ok=True)
        self._durable: set[Path] = set()
        _sync_directory(root)

    def put(self, content: bytes) -> str:
        """Keep ``content``; its key. Raises ``StoreUnavailable`` where the disk takes no more."""
        key = sha256(content).hexdigest()
        try:
            self._keep(self._path(key), content)
        except OSError as error:
            raise StoreUnavailable(f"the folder of blobs failed: {error.strerror}") from error
        return key

    def _keep(self, path: Path, content: bytes) -> None:
        if not self._is_kept(path, content):
            self._make_directory(path.parent)
            self._write(path, content)
        # Also where the file was there: whoever wrote it may not have come to this line.
        _sync_directory(path.parent)

    def get(self, key: str) -> bytes:
        path = self._path(key)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise KeyError(key) from None
        if sha256(content).hexdigest() != key:
            raise BlobDamaged(f"blob {key} does not hold what was put there")
        return content

    def _path(self, key: str) -> Path:
        if len(key) != 64 or not _HEX.issuperset(key):
            raise KeyError(key)
        return self._root / key[:2] / key[2:4] / key

    @staticmethod
    def _is_kept(path: Path, content: bytes) -> bool:
        try:
            return path.stat().st_size == len(content)
        except FileNotFoundError:
            return False

    def _make_directory(self, directory: Path) -> None:
        if directory in self._durable:
            return
        directory.mkdir(parents=True, exist_ok=True)
        _sync_directory(directory.parent)
        _sync_directory(self._root)
        self._durable.add(directory)

    def _write(self, path: Path, content: bytes) -> None:
        descriptor, name = tempfile.mkstemp(dir=self._incoming)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
