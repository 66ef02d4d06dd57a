"""Pieces of XML as answers have them, read back."""

from __future__ import annotations

from lxml import etree

from samband.wire.ews.names import DECLARED


def attributes_of(written: str) -> dict[str, str]:
    """Attributes, written as text."""
    return {str(name): str(value) for name, value in etree.fromstring(f"<a{written}/>").attrib.items()}


def element(written: str) -> etree._Element:
    """One element with the prefixes ``m`` and ``t``."""
    return etree.fromstring(f"<x {DECLARED}>{written}</x>")[0]
