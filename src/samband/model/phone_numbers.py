"""Phone numbers as people type them into a directory, and as programs dial them."""

from __future__ import annotations

import re

_EXTENSION = re.compile(r"(?:;ext=|\bext(?:ension|\.)?|[x#])\s*([0-9]{1,10})\s*$", re.IGNORECASE)
_TRUNK_ZERO = re.compile(r"^\s*(\+[0-9 .-]+)\(0\)")
"""``+46 (0)8``: the zero is dialled only by those who leave out the country."""


def digits(number: str) -> str:
    """The digits of ``number``, no extension, with ``+`` before them where it has one."""
    main = _TRUNK_ZERO.sub(r"\1", _EXTENSION.sub("", number))
    found = "".join(letter for letter in main if letter in "0123456789")
    return f"+{found}" if found and main.lstrip().removeprefix("tel:").startswith("+") else found


def tel_uri(number: str) -> str:
    """``number`` as a ``tel:`` URI [RFC3966 3], its extension after ``;ext=``; empty where there is no digit in it."""
    main = digits(number)
    extension = _EXTENSION.search(number)
    return f"tel:{main}{f';ext={extension[1]}' if extension else ''}" if main else ""
