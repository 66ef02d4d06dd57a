"""The keyed hash is HMAC."""

from __future__ import annotations

import hmac
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.trust.keyed_hash import KeyedHash


@given(st.binary(max_size=64), st.lists(st.binary(max_size=200), max_size=3), st.sampled_from(["md5", "sha1"]))
def test_same_as_hmac(key: bytes, texts: list[bytes], name: Literal["md5", "sha1"]) -> None:
    keyed = KeyedHash(key, name)
    assert [keyed.digest(text) for text in texts] == [hmac.digest(key, text, name) for text in texts]


def test_a_key_is_no_longer_than_a_block() -> None:
    with pytest.raises(ValueError, match="longer"):
        KeyedHash(bytes(65), "md5")
