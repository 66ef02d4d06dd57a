"""Bodies that clients send and the server only reads."""

from __future__ import annotations

from collections.abc import Iterable

from samband.wire.presence.directory_search import DirectorySearch
from samband.wire.presence.names import SOAP_ENVELOPE, SOAP_OPERATIONS
from samband.wire.xml.text import escape_attribute


def write_directory_search(asked: DirectorySearch) -> str:
    """``directorySearch`` [MS-PRES]."""
    rows = "".join(
        f'<m:row m:attrib="{escape_attribute(name)}" m:value="{escape_attribute(value)}"/>'
        for name, value in asked.rows
    )
    return (
        f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP_ENVELOPE}" xmlns:m="{SOAP_OPERATIONS}"><SOAP-ENV:Body>'
        f'<m:directorySearch><m:filter m:href="#searchArray"/><m:maxResults>{asked.limit}</m:maxResults>'
        f'</m:directorySearch><m:Array m:id="searchArray">{rows}</m:Array></SOAP-ENV:Body></SOAP-ENV:Envelope>'
    )


def write_resource_lists(uris: Iterable[str]) -> str:
    """A list of entries [RFC4826]."""
    entries = "".join(f'<entry uri="{escape_attribute(uri)}"/>' for uri in uris)
    return f'<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>{entries}</list></resource-lists>'
