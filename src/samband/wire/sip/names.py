"""Names of SIP header fields: one spelling a field, whatever a peer wrote [RFC3261 7.3.1, 7.3.3]."""

from __future__ import annotations

from functools import lru_cache

_KNOWN = (
    "Accept",
    "Accept-Contact",
    "Accept-Encoding",
    "Accept-Language",
    "Alert-Info",
    "Allow",
    "Allow-Events",
    "Authentication-Info",
    "Authorization",
    "CSeq",
    "Call-ID",
    "Call-Info",
    "Contact",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-Type",
    "Date",
    "Error-Info",
    "Event",
    "Expires",
    "From",
    "Identity",
    "In-Reply-To",
    "MIME-Version",
    "Max-Forwards",
    "Min-Expires",
    "Organization",
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "Path",
    "Priority",
    "Privacy",
    "Proxy-Authenticate",
    "Proxy-Authentication-Info",
    "Proxy-Authorization",
    "Proxy-Require",
    "RAck",
    "RSeq",
    "Reason",
    "Record-Route",
    "Refer-To",
    "Referred-By",
    "Reject-Contact",
    "Replaces",
    "Reply-To",
    "Request-Disposition",
    "Require",
    "Retry-After",
    "Route",
    "SIP-ETag",
    "SIP-If-Match",
    "Server",
    "Service-Route",
    "Session-Expires",
    "Subject",
    "Subscription-State",
    "Supported",
    "Timestamp",
    "To",
    "Unsupported",
    "User-Agent",
    "Via",
    "WWW-Authenticate",
    "Warning",
    "Message-Id",
    "Ms-Conversation-ID",
    "Ms-Sender",
    "Ms-Text-Format",
    "ms-diagnostics",
    "ms-diagnostics-public",
    "ms-keep-alive",
    "ms-piggyback-cseq",
    "ms-user-logon-data",
    "presence-state",
)

_COMPACT = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "d": "Request-Disposition",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
    "y": "Identity",
}
"""Compact forms as registered with IANA (Session Initiation Protocol parameters, header fields)."""

_BY_LOWER = {name.lower(): name for name in _KNOWN} | _COMPACT

SPELLINGS: dict[str, str] = (
    _BY_LOWER
    | {name: name for name in _KNOWN}
    | {compact.upper(): name for compact, name in _COMPACT.items()}
    | {name.title(): name for name in _KNOWN}
)
"""The usual spellings at hand: look here first, then ask ``canonical``."""


@lru_cache(maxsize=4096)
def canonical(name: str) -> str:
    """The one spelling of a field name: ``canonical("v") == canonical("VIA") == "Via"``. Unknown ones are titled."""
    lower = name.lower()
    return _BY_LOWER.get(lower) or "-".join(part[:1].upper() + part[1:] for part in lower.split("-"))
