"""RSA keys take a tenth of a second each: the tests of this folder make a few and share them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from samband.trust.oauth import keys
from samband.trust.x509 import Identity, new_key, signer

_KEYS = [new_key("rsa") for _ in range(3)]


@pytest.fixture(autouse=True)
def shared_keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    numbers = count()

    def make(name: str, domains: Sequence[str], now: datetime) -> Identity:
        key = _KEYS[next(numbers) % len(_KEYS)]
        return Identity(signer(name, domains, key, now, timedelta(days=1826)), key)

    monkeypatch.setattr(keys, "token_signer", make)
    yield


@pytest.fixture
def foreign() -> Identity:
    """A key that nobody here trusts."""
    key = _FOREIGN
    return Identity(signer("Mallory", [], key, datetime.now(UTC), timedelta(days=1)), key)


_FOREIGN = new_key("rsa")
