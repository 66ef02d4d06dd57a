"""``/WebTicket/oauthtoken``: a sign-in becomes a Bearer token; the request is a form, the answers are JSON."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import parse_qs

FORM_TYPE = "application/x-www-form-urlencoded"
PASSWORD = "password"
WINDOWS = "urn:microsoft.rtc:windows"
ANONYMOUS = "urn:microsoft.rtc:anonmeeting"

_DIAGNOSES = {
    "invalid_request": (28020, "The request cannot be understood."),
    "invalid_grant": (28020, "The sign-in failed."),
    "unsupported_grant_type": (28029, "Authentication type not allowed."),
    "server_error": (28020, "No sign-in can be checked now."),
}
"""Error -> number and reason of the diagnosis."""
_MOST_FIELDS = 32


class BadTokenRequest(ValueError):
    """A body that is no request for a token."""


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What a client asks for.

    A guest names a meeting by the address of its focus, ``conference``; ``renew`` is the token that a new one replaces.
    """

    grant: str
    username: str = ""
    password: str = field(default="", repr=False)
    conference: str = ""
    renew: str = field(default="", repr=False)


def read_request(content_type: str, body: bytes) -> TokenRequest:
    """Read a form; clients write its charset in single quotes. Raises ``BadTokenRequest``."""
    if content_type.partition(";")[0].strip().lower() != FORM_TYPE:
        raise BadTokenRequest("not a form")
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise BadTokenRequest("not a form in UTF-8") from None
    if any(len(values) > 1 for values in fields.values()):
        raise BadTokenRequest("a field is there twice")
    read = {name: values[0] for name, values in fields.items()}
    if not read.get("grant_type"):
        raise BadTokenRequest("no grant_type")
    names = ("username", "password", "ms_rtc_conferenceuri", "ms_rtc_renew")
    return TokenRequest(read["grant_type"], *(read.get(name, "") for name in names))


def write_token(token: str, seconds: int) -> bytes:
    """The answer to somebody of this site."""
    return json.dumps(
        {"access_token": token, "expires_in": seconds, "ms_rtc_identityscope": "local", "token_type": "Bearer"}
    ).encode()


def write_error(error: str, description: str = "") -> bytes:
    """The answer to a request that came to nothing; ``description`` is a sentence for people [RFC6749 5.2]."""
    return json.dumps({"error": error} | ({"error_description": description} if description else {})).encode()


def diagnostics(error: str, host: str, reason: str = "") -> str:
    """The value of X-Ms-diagnostics beside it."""
    number, usual = _DIAGNOSES[error]
    return f'{number};source="{host}";reason="{(reason or usual).replace(chr(34), chr(39))}"'


def challenge(href: str, grants: Collection[str]) -> str:
    """The WWW-Authenticate that says where tokens come from, and for what."""
    return f'MsRtcOAuth href="{href}",grant_type="{",".join(grants)}"'
