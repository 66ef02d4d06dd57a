"""Storage tests run on every database that is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.postgresql import PostgresServer, binaries, running
from tests.store.stores import Place


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """One private PostgreSQL a session."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (apt install postgresql)")
    with running(programs) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place for a store, on each kind of database in turn."""
    if request.param == "sqlite":
        return Place(str(tmp_path / "store.db"), tmp_path / "blobs")
    return Place(request.getfixturevalue("postgresql").new_schema(), tmp_path / "blobs")
