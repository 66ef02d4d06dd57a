"""Reading what clients send: properties by their names in lower case, each refusal naming what is wrong."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

from samband.wire.ucwa.errors import UcwaError
from samband.wire.xml.values import read_duration

_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)", re.ASCII)


def wrong(name: str, why: str) -> UcwaError:
    """The refusal of a property or a parameter."""
    return UcwaError("BadRequest", f"{name}: {why}", "ParameterValidationFailure", {name: why})


def text(found: Mapping[str, Any], name: str, longest: int, *, needed: bool = False) -> str:
    """A text, empty where there is none. Raises ``UcwaError``."""
    value = found.get(name.lower())
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or (needed and not value):
        raise wrong(name, "not a text" if value is not None else "missing")
    if len(value) > longest:
        raise wrong(name, f"more than {longest} characters")
    return value


def one_of(found: Mapping[str, Any], name: str, allowed: Collection[str]) -> str:
    """One of ``allowed``, in their spelling; empty where there is none. Raises ``UcwaError``."""
    value = text(found, name, 256)
    known = {word.lower(): word for word in allowed}
    if value and value.lower() not in known:
        raise wrong(name, f"not one of {', '.join(allowed)}")
    return known.get(value.lower(), "")


def switch(found: Mapping[str, Any], name: str) -> bool:
    """True or false, as one or as a text. Raises ``UcwaError``."""
    value = found.get(name.lower())
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower())
    if not isinstance(value, bool):
        raise wrong(name, "neither true nor false")
    return value


def words(found: Mapping[str, Any], name: str, most: int) -> list[str]:
    """A list of texts; empty where there is none. Raises ``UcwaError``."""
    value = found.get(name.lower())
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise wrong(name, "not a list of texts")
    if len(value) > most:
        raise wrong(name, f"more than {most}")
    return value


def address(name: str, value: str) -> str:
    """``user@domain`` in lower case of a SIP address. Raises ``UcwaError``."""
    found = value.strip().lower().removeprefix("sip:")
    user, at, domain = found.partition("@")
    if not (user and at and domain) or any(character in found for character in ' <>";,\r\n\t/?#') or len(found) > 256:
        raise wrong(name, "not a SIP address")
    return found


def number(name: str, value: object, least: int, most: int) -> int:
    """A whole number, as one or as a text. Raises ``UcwaError``."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise wrong(name, f"not a number from {least} to {most}")
    return value


def span(found: Mapping[str, Any], name: str, least: int, most: int) -> timedelta | None:
    """A span of so many minutes: their number, ``hh:mm:ss``, or as XML writes it. None where there is none.

    Raises ``UcwaError``.
    """
    value = found.get(name.lower())
    if value is None:
        return None
    text = value if isinstance(value, str) else ""
    clock = _CLOCK.fullmatch(text)
    try:
        if clock is not None:
            hours, minutes, seconds = map(int, clock.groups())
            wanted = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        elif text.startswith("P"):
            wanted = read_duration(text)
        else:
            wanted = timedelta(minutes=number(name, value, least, most))
    except ValueError:
        raise wrong(name, "no span of time") from None
    if not timedelta(minutes=least) <= wanted <= timedelta(minutes=most):
        raise wrong(name, f"not from {least} to {most} minutes")
    return wanted


def parameters(query: str) -> dict[str, str]:
    """Parameters of an address by their names in lower case; of one that comes twice, the last.

    Raises ``UcwaError``.
    """
    found = {name.lower(): values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    if "\0" in "".join(itertools.chain.from_iterable(found.items())):
        raise UcwaError("BadRequest", "The query has NUL in it", "ParameterValidationFailure")
    return found
