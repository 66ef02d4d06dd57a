"""Namespaces and media types of conferencing."""

from __future__ import annotations

from typing import Final

CCCP: Final = "urn:ietf:params:xml:ns:cccp"
CONFERENCE_INFO: Final = "urn:ietf:params:xml:ns:conference-info"
EXTENSIONS: Final = "http://schemas.microsoft.com/rtc/2005/08/confinfoextensions"
IMDN: Final = "http://schemas.microsoft.com/rtc/2005/08/imdn"

CCCP_TYPE: Final = "application/cccp+xml"
CONFERENCE_INFO_TYPE: Final = "application/conference-info+xml"
IMDN_TYPE: Final = "application/ms-imdn+xml"
INVITATION_TYPE: Final = "application/ms-conf-invite+xml"
