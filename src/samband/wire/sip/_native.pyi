from collections.abc import Callable
from typing import TypeVar

from samband.wire.sip.message import SipMessage, SipRequest, SipResponse
from samband.wire.sip.stream import Event

_F = TypeVar("_F", bound=Callable[..., object])

SOURCE: int
"""CRC-32 of the source that this was built from."""

def bind_leaf(pure: _F, /) -> _F: ...
def bind_parameters(
    pure: Callable[[str], dict[str, str] | None], names: dict[str, str], /
) -> Callable[[str], dict[str, str] | None]: ...
def bind_text(pure: _F, request: type[SipRequest], response: type[SipResponse], /) -> _F: ...
def bind_head(
    pure: Callable[[bytes], tuple[SipMessage, int | None] | None],
    names: dict[str, str],
    methods: dict[str, str],
    canonical: Callable[[str], str],
    request: type[SipRequest],
    response: type[SipResponse],
    /,
) -> Callable[[bytes], tuple[SipMessage, int | None] | None]: ...
def bind_whole(
    read_head: Callable[[bytes], tuple[SipMessage, int | None] | None], /
) -> Callable[[bytes, int, int], tuple[list[Event], int]]: ...
