"""Collections are rare while a server runs, and as before afterwards."""

from __future__ import annotations

import gc

import pytest

from samband.net.garbage import YOUNG, rare_collections


def test_thresholds_are_put_back() -> None:
    before = gc.get_threshold()
    with pytest.raises(RuntimeError, match="stop"), rare_collections():
        assert gc.get_threshold()[0] == YOUNG
        raise RuntimeError("stop")
    assert gc.get_threshold() == before
