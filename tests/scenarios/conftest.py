"""What whole stories share: a PostgreSQL of their own, dice that say what they threw."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from tests.store.postgresql import PostgresServer, binaries, running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """One private PostgreSQL a session."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (apt install postgresql)")
    with running(programs) as server:
        yield server


@pytest.fixture
def dice() -> random.Random:
    """Chance that can be repeated: ``SAMBAND_SEED`` sets what a failed test printed."""
    seed = os.environ.get("SAMBAND_SEED") or str(random.SystemRandom().randrange(2**32))
    print(f"SAMBAND_SEED={seed}")
    return random.Random(seed)
