"""Signed SIP messages of Lync clients: header fields and the string that is signed [MS-SIPAE 3.2.5.2, 3.3.5.2].

The string is a run of values in angle brackets, each as it stands in the message, empty where the message has none.
Versions 3 and 4 have the To URI and the asserted identities in it, version 2 has not. Versions differ in nothing else
here; that only version 4 signs the message which ends a handshake is the guard's business.
"""

from __future__ import annotations

import base64
import binascii
import re

from samband.wire.sip.address import tag_in, uri_in
from samband.wire.sip.credentials import Credentials, Malformed, read_ordinary, write_credentials
from samband.wire.sip.dialog import Dialog
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse
from samband.wire.sip.native import in_c, text_in_c

REALM = "SIP Communications Service"
VERSION = 4
"""The newest version spoken here."""

_SIP_URI = re.compile(r"<(sips?:[^>]*)>", re.IGNORECASE)
_ABSENT = ("",)
_TEL_URI = re.compile(r"<(tel:[^>]*)>", re.IGNORECASE)


def target(protocol: str, host: str) -> str:
    """``targetname`` of the server called ``host``: its name, for Kerberos as that of a service."""
    return f"sip/{host}" if protocol == "Kerberos" else host


def challenge(protocol: str, realm: str, target: str, *, sts_uri: str = "") -> str:
    """The value of WWW-Authenticate that offers a protocol; ``sts_uri`` is where TLS-DSK certificates come from."""
    plain = [("version", str(VERSION))]
    value = write_credentials(protocol, [("realm", realm), ("targetname", target)], plain)
    return f'{value}, sts-uri="{sts_uri}"' if sts_uri else value


def handshake(protocol: str, realm: str, target: str, opaque: str, token: bytes, version: int) -> str:
    """The value of WWW-Authenticate that carries the next token of a handshake."""
    quoted = [
        ("opaque", opaque),
        ("gssapi-data", base64.b64encode(token).decode()),
        ("targetname", target),
        ("realm", realm),
    ]
    return write_credentials(protocol, quoted, [("version", str(version))])


def read_token(text: str) -> bytes:
    """The bytes of a ``gssapi-data`` parameter. Raises ``Malformed``."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("not base64") from error


def read_version(text: str) -> int:
    """The version a client speaks: no parameter means 2, anything above 4 is answered in 4. Raises ``Malformed``."""
    if not text:
        return 2
    if not text.isascii() or not text.isdigit() or len(text) > 4 or int(text) < 2:
        raise Malformed("not a version")
    return min(int(text), VERSION)


def _identities(message: SipMessage) -> tuple[str, str]:
    """The first sip: and the first tel: URI in brackets that is asserted, or else preferred."""
    headers = message.headers
    text = ",".join(headers.get("P-Asserted-Identity") or headers.get("P-Preferred-Identity") or ())
    sip, tel = _SIP_URI.search(text), _TEL_URI.search(text)
    return sip[1] if sip else "", tel[1] if tel else ""


def request_part(dialog: Dialog, method: str, version: int) -> str:
    """What ``message_part`` says of the latest request within ``dialog``, which asserts nobody and has no Expires."""
    from_uri, to_uri = uri_in(dialog.local), uri_in(dialog.remote)
    ends = f"<{from_uri}><{dialog.local_tag}><{to_uri}><{dialog.remote_tag}><><>"
    if version < 3:
        ends = f"<{from_uri}><{dialog.local_tag}><{dialog.remote_tag}>"
    return f"<{dialog.call_id}><{dialog.local_cseq}><{method}>{ends}<>"


def message_part(message: SipMessage, version: int) -> str:
    """What of the signed string the message alone decides: from Call-ID to Expires, and a response's status."""
    headers = message.headers
    get = headers.get
    number, _, method = (get("CSeq") or _ABSENT)[0].partition(" ")
    call_id, sender = (get("Call-ID") or _ABSENT)[0], (get("From") or _ABSENT)[0]
    to = (get("To") or _ABSENT)[0]
    to_uri, to_tag = uri_in(to), tag_in(to)
    parties = f"<{call_id}><{number}><{method.strip()}><{uri_in(sender)}><{tag_in(sender)}>"
    if version < 3:
        parties += f"<{to_tag}>"
    elif "P-Asserted-Identity" in headers or "P-Preferred-Identity" in headers:
        sip, tel = _identities(message)
        parties += f"<{to_uri}><{to_tag}><{sip}><{tel}>"
    else:
        parties += f"<{to_uri}><{to_tag}><><>"
    status = f"<{message.status}>" if isinstance(message, SipResponse) else ""
    return f"{parties}<{(get('Expires') or _ABSENT)[0]}>{status}"


@text_in_c(SipRequest, SipResponse)
def message_text(message: SipMessage, version: int, protocol: str, salt: str, number: str, target: str) -> bytes:
    """The ``signed_text`` of a message, in our realm."""
    return signed_text(protocol, salt, number, REALM, target, message_part(message, version))


@text_in_c(SipRequest, SipResponse)
def request_text(
    dialog: Dialog, method: str, version: int, protocol: str, salt: str, number: str, target: str
) -> bytes:
    """The same of the latest request within ``dialog``."""
    return signed_text(protocol, salt, number, REALM, target, request_part(dialog, method, version))


def signed_text(protocol: str, salt: str, number: str, realm: str, target: str, part: str) -> bytes:
    """The whole signed string; ``salt`` and ``number`` are crand and cnum, or srand and snum, as in the header."""
    text = f"<{protocol}><{salt}><{number}><{realm}><{target}>{part}"
    return text.encode("utf-8", "surrogateescape")


def information_tail(opaque: str, target: str, version: int) -> str:
    """The end of every Authentication-Info field of one association: what does not change from message to message."""
    return f', opaque="{opaque}", qop="auth", targetname="{target}", realm="{REALM}", version={version}'


Signature = tuple[str, str, str, str, str, str, str]
"""What a client signed by: scheme, realm, targetname, opaque, crand, cnum and response."""
_SIGNED = ("realm", "targetname", "opaque", "crand", "cnum", "response")
_NEEDED = frozenset(_SIGNED)
_MAY_STAND = _NEEDED | {"qop", "version"}


@in_c
def read_signature(value: str) -> Signature | None:
    """The signature in one field, where it is written as nearly all are; None for anything else."""
    scheme, _, rest = value.partition(" ")
    params = read_ordinary(rest)
    if params is None or not _MAY_STAND >= params.keys() >= _NEEDED:
        return None
    realm, target, opaque, salt, number, response = [params[name] for name in _SIGNED]
    return scheme, realm, target, opaque, salt, number, response


def signature_of(credentials: Credentials) -> Signature:
    """The same of any credentials; empty where something is missing."""
    get = credentials.get
    return (
        credentials.scheme,
        get("realm"),
        get("targetname"),
        get("opaque"),
        get("crand"),
        get("cnum"),
        get("response"),
    )
