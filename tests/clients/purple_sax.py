"""A work-around for Debian's libxml2, without which sipe reads no XML at all."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from ctypes import Structure, c_uint, c_void_p
from pathlib import Path

from tests.clients.purple_library import function


class _SaxHandler(Structure):
    """xmlSAXHandler: 27 callbacks, of which 12 and 13 begin and end the document, then what version it says it is."""

    _fields_ = [("acts", c_void_p * 27), ("version", c_uint)]


SAX2 = 0xDEEDBEAF


def mend_sax(sipe: ctypes.CDLL) -> str:
    """Make sipe read XML where the system's libxml2 no longer calls it.

    Debian 12's libxml2 2.9.14+dfsg-1.3~deb12u4 and later ignore handlers that say they are of version 2 but have only
    callbacks of version 1. Sipe's one handler is such: every document it reads seems empty. It is found in the
    library's data by its version and its three callbacks, and told that it is of version 1.
    """
    if _reads_xml(sipe):
        return "fine"
    for handler in _sax_handlers():
        handler.version = 1
        if _reads_xml(sipe):
            return "mended"
        handler.version = SAX2
    return "broken"


def _reads_xml(sipe: ctypes.CDLL) -> bool:
    document = b"<a><b>c</b></a>"
    root = function(sipe, "sipe_xml_parse", "psz")(document, len(document))
    if root:
        function(sipe, "sipe_xml_free", "-p")(root)
    return bool(root)


def _sax_handlers() -> Iterator[_SaxHandler]:
    """Whatever in the writable data of libsipe looks like one."""
    lines = Path("/proc/self/maps").read_text(encoding="ascii").splitlines()
    ranges = [line.split()[0] for line in lines if "libsipe.so" in line and " rw" in line]
    magic = SAX2.to_bytes(4, "little")
    for span in ranges:
        start, end = (int(edge, 16) for edge in span.split("-"))
        data = ctypes.string_at(start, end - start)
        for found in re.finditer(re.escape(magic), data):
            at = start + found.start() - _SaxHandler.version.offset
            if at >= start and at % 8 == 0:
                handler = _SaxHandler.from_address(at)
                begin_element, end_element, characters = handler.acts[14], handler.acts[15], handler.acts[17]
                if begin_element and end_element and characters and not any(handler.acts[:14]):
                    yield handler
