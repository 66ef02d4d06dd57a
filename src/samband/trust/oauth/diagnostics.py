"""What a refused token is told in ``x-ms-diagnostics``: a code, a reason, a category.

2000004, 2000008 and 4000000 are what Exchange says in these cases. No list of the others is published; those here are
of the same series and stay the same from release to release.
"""

from __future__ import annotations

from samband.trust.denied import Denied

_LONGEST = 300
_CATEGORIES = {
    2000000: "invalid_token",
    2000001: "invalid_signature",
    2000002: "token_expired",
    2000003: "invalid_user",
    2000004: "invalid_tenant",
    2000005: "invalid_resource",
    2000006: "invalid_issuer",
    2000008: "invalid_grant",
    4000000: "oauth_not_available",
}

INVALID_TOKEN = 2000000
INVALID_SIGNATURE = 2000001
TOKEN_EXPIRED = 2000002
INVALID_USER = 2000003
INVALID_TENANT = 2000004
INVALID_RESOURCE = 2000005
INVALID_ISSUER = 2000006
INVALID_GRANT = 2000008
NOT_AVAILABLE = 4000000


def refusal(code: int, reason: str) -> Denied:
    """The refusal with this code. ``reason`` may hold claims, but no secret; it is made fit for a header and a log."""
    fit = "".join(char if " " <= char <= "~" else "?" for char in reason[:_LONGEST])
    return Denied(fit, code=code, category=_CATEGORIES[code])
