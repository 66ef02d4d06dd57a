"""Blobs: by content, once, whole or not at all."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from samband.store.api import BlobDamaged, StoreUnavailable
from samband.store.blobs import FileBlobs


def only_file(root: Path) -> Path:
    [path] = [path for path in root.rglob("*") if path.is_file()]
    return path


def test_content_comes_back_and_is_kept_once(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    key = blobs.put(b"hello" * 1000)
    assert key == sha256(b"hello" * 1000).hexdigest()
    assert FileBlobs(tmp_path).put(b"hello" * 1000) == key
    assert blobs.get(key) == b"hello" * 1000
    assert only_file(tmp_path).name == key
    assert blobs.get(blobs.put(b"")) == b""


@pytest.mark.parametrize("key", ["", "0" * 64, "../../etc/passwd", "A" * 64, "0" * 63 + "/"])
def test_an_unknown_key_is_a_key_error(tmp_path: Path, key: str) -> None:
    with pytest.raises(KeyError):
        FileBlobs(tmp_path).get(key)


def test_damage_is_noticed_and_mended_by_putting_again(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    key = blobs.put(b"content")
    only_file(tmp_path).write_bytes(b"cont")
    with pytest.raises(BlobDamaged):
        blobs.get(key)
    assert blobs.put(b"content") == key
    assert blobs.get(key) == b"content"


def test_a_write_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = FileBlobs(tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreUnavailable, match="No space"):
        blobs.put(b"content")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_bytes_are_synced_before_the_name_and_the_name_before_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = FileBlobs(tmp_path)
    steps: list[str] = []
    sync, rename = __import__("os").fsync, Path.replace

    def record_sync(descriptor: int) -> None:
        target = Path(f"/proc/self/fd/{descriptor}").readlink()
        steps.append("directory" if target.is_dir() else "file")
        sync(descriptor)

    def record_rename(self: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(self, target)

    monkeypatch.setattr("os.fsync", record_sync)
    monkeypatch.setattr(Path, "replace", record_rename)
    blobs.put(b"content")
    assert steps[-3:] == ["file", "rename", "directory"]
