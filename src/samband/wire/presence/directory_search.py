"""``directorySearch``: looking for people by SOAP over SIP, as clients do that know of no web query [MS-PRES]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samband.wire.presence.elements import child, children, number_in, read_root
from samband.wire.presence.names import SOAP_ENVELOPE, SOAP_OPERATIONS
from samband.wire.xml.reading import Element, Malformed, SchemaViolation, at_most, missing
from samband.wire.xml.text import escape_attribute
from samband.wire.xml.values import write_boolean

NAME = "directorySearch"
_M = f"{{{SOAP_OPERATIONS}}}"
_MOST_ROWS = 20
_LONGEST_VALUE = 256
_MOST_RESULTS = 10_000


@dataclass(frozen=True, slots=True)
class DirectorySearch:
    """``rows`` are attributes and texts that these begin with; people must fit all of them."""

    rows: tuple[tuple[str, str], ...]
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRow:
    """One of those found; ``uri`` with its scheme."""

    uri: str
    displayName: str
    title: str = ""
    office: str = ""
    phone: str = ""
    company: str = ""
    email: str = ""


def read_directory_search(body: bytes) -> DirectorySearch | None:
    """None where ``body`` is another operation. Raises ``Malformed`` or ``SchemaViolation``."""
    inside = child(read_root(body, "Envelope"), "Body")
    if inside is None or len(inside) == 0:
        raise Malformed("an envelope without a body")
    asked, array = child(inside, NAME), child(inside, "Array")
    if asked is None:
        return None
    limit = child(asked, "maxResults")
    if array is None:
        raise missing(inside, _M + "Array")
    if limit is None:
        raise missing(asked, _M + "maxResults")
    at_most(array, _MOST_ROWS)
    return DirectorySearch(tuple(map(_read_row, children(array, "row"))), number_in(limit, _MOST_RESULTS))


def write_directory_found(people: Iterable[FoundRow], more: bool) -> str:
    """The answer; ``more`` says that not all were told."""
    rows = "".join(map(_write_row, people))
    array = f'<m:Array m:id="resultArray">{rows}</m:Array>' if rows else ""
    return _envelope(
        f'<m:{NAME}><m:value m:href="#resultArray"/><m:moreAvailable>{write_boolean(more)}</m:moreAvailable>'
        f"</m:{NAME}>{array}"
    )


def _envelope(inside: str) -> str:
    return (
        f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP_ENVELOPE}" xmlns:m="{SOAP_OPERATIONS}">'
        f"<SOAP-ENV:Body>{inside}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )


def _read_row(row: Element) -> tuple[str, str]:
    found = {str(name).rpartition("}")[2]: str(value).strip() for name, value in row.attrib.items()}
    name, value = found.get("attrib", ""), found.get("value", "")
    if not name or len(name) > _LONGEST_VALUE or len(value) > _LONGEST_VALUE:
        raise SchemaViolation("A row names no attribute, or is too long.")
    return name, value


def _write_row(row: FoundRow) -> str:
    told = (f'm:{name}="{escape_attribute(getattr(row, name))}"' for name in FoundRow.__slots__)
    return f"<m:row {' '.join(told)}/>"
