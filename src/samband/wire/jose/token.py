"""JSON Web Tokens in compact form [RFC7519], signed or not, as servers show them to each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from samband.wire.jose import base64url
from samband.wire.jose.strict_json import read_object

LONGEST = 32_768
"""Characters of a token, the one inside it included."""


class Malformed(ValueError):
    """Text that is no token."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token taken apart; nothing in it has been checked.

    ``signed_part`` is what the signature is over; ``signature`` is empty for an unsigned token.
    """

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed_part: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def algorithm(self) -> str:
        """``alg`` as it stands, empty where it is missing or not text."""
        return _text(self.header, "alg")

    def claim(self, name: str) -> str:
        """A claim that is text, else empty."""
        return _text(self.claims, name)


def read(text: str) -> Token:
    """Take a token apart. Raises ``Malformed``."""
    if len(text) > LONGEST:
        raise Malformed("the token is too long")
    segments = text.split(".")
    if len(segments) != 3:
        raise Malformed("a token has three segments")
    try:
        header, claims, signature = (base64url.decode(segment) for segment in segments)
        return Token(
            header=read_object(header),
            claims=read_object(claims),
            signed_part=f"{segments[0]}.{segments[1]}".encode("ascii"),
            signature=signature,
        )
    except ValueError as problem:
        raise Malformed(str(problem)) from None


def signed_part(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """The first two segments: what a signature is made over."""
    return f"{_segment(header)}.{_segment(claims)}"


def join(part: str, signature: bytes = b"") -> str:
    """A whole token; without a signature its third segment is empty."""
    return f"{part}.{base64url.encode(signature)}"


def _segment(value: Mapping[str, Any]) -> str:
    return base64url.encode(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8"))


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
