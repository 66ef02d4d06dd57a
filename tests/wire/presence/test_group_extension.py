from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.presence.group_extension import read_distribution_group, write_distribution_group


@given(st.text("abcÅ&<>'\"+.-@", min_size=1))
def test_an_address_is_read_as_it_was_written(address: str) -> None:
    assert read_distribution_group(write_distribution_group(address)) == address


@pytest.mark.parametrize(
    "other",
    [
        "",
        "sip:sales@contoso.test",
        '<groupExtension groupType="pinnedGroup"><email/></groupExtension>',
        '<groupExtension groupType="dg"/>',
        '<groupExtension groupType="dg"><email>a@b.test',
        '<!DOCTYPE groupExtension [<!ENTITY a "b">]><groupExtension groupType="dg"><email>&a;</email></groupExtension>',
    ],
)
def test_what_stands_for_no_distribution_group(other: str) -> None:
    assert read_distribution_group(other) == ""
