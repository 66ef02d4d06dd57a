"""What header fields of HTTP ask for."""

from __future__ import annotations

import pytest

from samband.wire.http import takes_coding


@pytest.mark.parametrize(
    ("field", "taken"),
    [
        ("", False),
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("br;q=1.0, gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("gzip ; q=0.001", True),
        ("*", True),
        ("*;q=0", False),
        ("identity", False),
        ("x-gzip", False),
    ],
)
def test_content_codings(field: str, taken: bool) -> None:
    assert takes_coding(field, "gzip") is taken
