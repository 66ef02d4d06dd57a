"""The two forms of what UCWA says and hears, and which of them a request is in, or asks for."""

from __future__ import annotations

from typing import Literal

from samband.wire.ucwa.resources import JSON_TYPE
from samband.wire.ucwa.xml_form import XML_TYPE

Form = Literal["json", "xml"]
TYPES: dict[str, Form] = {
    JSON_TYPE: "json",
    "application/vnd.microsoft.com.ucwa+json": "json",
    XML_TYPE: "xml",
    "application/vnd.microsoft.com.ucwa+xml": "xml",
}
_ANY = ("*/*", "application/*")


def form_of(content_type: str) -> Form | None:
    """The form of a body; None: neither."""
    return TYPES.get(content_type.partition(";")[0].strip().lower())


def wanted_type(accept: str, *others: str) -> str:
    """The best media type of an answer that ``Accept`` allows [RFC9110 12.5.1]; empty where none will do.

    ``others`` are types that will do too, for what is no resource; one that ends in ``/`` stands for all of its kind.
    """
    if not accept.strip():
        return JSON_TYPE
    best, most = "", 0.0
    for one in accept.lower().split(","):
        name, *parameters = (part.strip() for part in one.split(";"))
        quality = next((_quality(part[2:]) for part in parameters if part.startswith("q=")), 1.0)
        known = name in TYPES or name in _ANY or any(name.startswith(other) for other in others)
        if known and quality > most:
            best, most = name, quality
    return best if best in TYPES or not best else JSON_TYPE


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
