"""Which functions of this room run in C.

Installing the package builds ``_native`` where there is a C compiler; it holds equals of the few functions that every
message passes. Without it, or where the environment has ``SAMBAND_PURE=1``, the same functions run in Python.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

if TYPE_CHECKING:
    from samband.wire.sip.message import SipMessage, SipRequest, SipResponse
    from samband.wire.sip.stream import Event

    HeadReader = Callable[[bytes], tuple[SipMessage, int | None] | None]
    WholeReader = Callable[[bytes, int, int], tuple[list[Event], int]]
    ParameterReader = Callable[[str], dict[str, str] | None]

SWITCH = "SAMBAND_PURE"
"""In the environment: 1 for Python alone."""

F = TypeVar("F", bound=Callable[..., object])

EQUALS: list[tuple[Callable[..., object], Callable[..., object]]] = []
"""Each function in Python, and what runs instead of it."""


def source_checksum(folder: Path) -> int | None:
    """CRC-32 of the source in C as ``setup.py`` counts it; None where the source is not there."""
    checksum = 0
    files = sorted(folder.glob("_native*.[ch]"))
    for file in files:
        checksum = crc32(file.read_bytes(), checksum)
    return checksum if files else None


def _load() -> tuple[Any, str]:
    """The module, and why there is none."""
    if os.environ.get(SWITCH, "0") not in ("", "0"):
        return None, f"{SWITCH} is set"
    try:
        from samband.wire.sip import _native
    except ImportError:
        return None, "the part in C was not built: it needs a C compiler and the headers of Python"
    if source_checksum(Path(__file__).parent) not in (None, _native.SOURCE):
        return None, "the part in C was built from another source: make builds it anew"
    return _native, ""


_module, WHY_NOT = _load()
READER = f"Python ({WHY_NOT})" if WHY_NOT else "C"
"""What reads and writes SIP here, for people."""


def in_c(pure: F) -> F:
    """Decorates a function that has an equal of the same name in C."""
    return _kept(pure, _module.bind_leaf(pure)) if _module else pure


def parameters_in_c(names: dict[str, str]) -> Callable[[ParameterReader], ParameterReader]:
    """Decorates ``credentials.read_ordinary``; ``names`` are the parameters it knows, by their spelling."""

    def bind(pure: ParameterReader) -> ParameterReader:
        return _kept(pure, _module.bind_parameters(pure, names)) if _module else pure

    return bind


def head_in_c(
    names: dict[str, str],
    methods: dict[str, str],
    canonical: Callable[[str], str],
    request: type[SipRequest],
    response: type[SipResponse],
) -> Callable[[HeadReader], HeadReader]:
    """Decorates ``parsing.read_head``; ``names`` are the usual spellings of fields, ``canonical`` knows all others."""

    def bind(pure: HeadReader) -> HeadReader:
        return _kept(pure, _module.bind_head(pure, names, methods, canonical, request, response)) if _module else pure

    return bind


def whole_in_c(read_head: HeadReader) -> Callable[[WholeReader], WholeReader]:
    """Decorates ``stream.read_whole``; ``read_head`` is what ``head_in_c`` made."""

    def bind(pure: WholeReader) -> WholeReader:
        return _kept(pure, _module.bind_whole(read_head)) if _module else pure

    return bind


def text_in_c(request: type[SipRequest], response: type[SipResponse]) -> Callable[[F], F]:
    """Decorates a function that puts together what is signed of a message, and has an equal of the same name in C."""

    def bind(pure: F) -> F:
        return _kept(pure, _module.bind_text(pure, request, response)) if _module else pure

    return bind


def _kept(pure: F, native: F) -> F:
    EQUALS.append((pure, native))
    return native
