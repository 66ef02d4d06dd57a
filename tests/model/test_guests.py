"""What guests are called: never like a member."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.model.failures import Failure
from samband.model.guests import LONGEST_NAME, MARK, Guest, guest_name, is_guest

NAMES = [
    ("Ann", "Ann (guest)"),
    ("  Ann \t\n Other ", "Ann Other (guest)"),
    ("Ann (guest)", "Ann (guest)"),
    ("Ann (GUEST) (guest)", "Ann (guest)"),
    ("Alice\u202e\u2066\u200b", "Alice (guest)"),
    ("Ａｌｉｃｅ", "Alice (guest)"),
    ("<b>&amp;", "<b>&amp; (guest)"),
    ("Zoë", "Zoë (guest)"),
]


@pytest.mark.parametrize(("said", "shown"), NAMES)
def test_a_name_has_the_mark(said: str, shown: str) -> None:
    assert guest_name(said) == shown


@pytest.mark.parametrize("said", ["", "  ", "\u200b", "(guest)", " (guest) (Guest)", "x" * (LONGEST_NAME + 1)])
def test_what_is_no_name(said: str) -> None:
    with pytest.raises(Failure):
        guest_name(said)


@given(st.text(max_size=60))
def test_every_name_has_it_once(said: str) -> None:
    try:
        name = guest_name(said)
    except Failure:
        return
    assert name.endswith(MARK)
    assert not name.removesuffix(MARK).casefold().endswith(MARK.strip())
    assert name.isprintable()


def test_an_address_tells_a_guest() -> None:
    guest = Guest("ab12", "guid-alice", "X")
    assert guest.person("Ann (guest)").sip == guest.address == "ab12@anonymous.invalid"
    assert is_guest(guest.address)
    assert not is_guest("ann@anonymous.invalid.contoso.test")
