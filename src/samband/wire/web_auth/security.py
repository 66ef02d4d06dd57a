"""The WS-Security header of a request signed with a web ticket's key [WSS 1.1 7, 8, 10; XMLDSIG 4]."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from samband.wire.web_auth import names
from samband.wire.web_auth.instants import read_instant
from samband.wire.xml.reading import Element, Malformed, text

SECURITY = "{" + names.WSSE + "}Security"
_W = "{" + names.WSSE + "}"
_U = "{" + names.WSU + "}"
_S = "{" + names.SAML + "}"
_D = "{" + names.DS + "}"
_METHODS = {
    f"{_D}CanonicalizationMethod": names.EXCLUSIVE_C14N,
    f"{_D}SignatureMethod": names.HMAC_SHA1,
    f"{_D}Reference/{_D}Transforms/{_D}Transform": names.EXCLUSIVE_C14N,
    f"{_D}Reference/{_D}DigestMethod": names.SHA1,
}
"""The one set of algorithms taken; anything else is refused, not guessed at."""


@dataclass(frozen=True, slots=True)
class SecurityHeader:
    """What stands in the header: when the request holds, its ticket, and the proof that the sender holds its key."""

    created: datetime
    expires: datetime
    assertion: Element
    signed_info: bytes
    """In canonical form: what the signature is computed over."""
    signature: bytes
    key_name: str
    """Id of the assertion whose key signed."""

    def proves(self, key: bytes) -> bool:
        """Whether the holder of ``key`` signed it."""
        return hmac.compare_digest(hmac.digest(key, self.signed_info, "sha1"), self.signature)


def read_security(header: Element) -> SecurityHeader:
    """Parse and check that the signature covers the timestamp. Raises ``Malformed``.

    Whether the ticket is good and its key made the signature is for the caller to find out.
    """
    if header.tag != SECURITY:
        raise Malformed("not a Security header")
    timestamp, assertion, signature = (
        _one(header, tag) for tag in (f"{_U}Timestamp", f"{_S}Assertion", f"{_D}Signature")
    )
    info = _one(signature, f"{_D}SignedInfo")
    for path, algorithm in _METHODS.items():
        if _one(info, path).get("Algorithm") != algorithm:
            raise Malformed("an algorithm not spoken here")
    identifier = timestamp.get(f"{_U}Id")
    if not identifier or _one(info, f"{_D}Reference").get("URI") != f"#{identifier}":
        raise Malformed("the timestamp is not what is signed")
    digest = _binary(_one(info, f"{_D}Reference/{_D}DigestValue"))
    if not hmac.compare_digest(hashlib.sha1(_canonical(timestamp), usedforsecurity=False).digest(), digest):
        raise Malformed("the timestamp was changed")
    try:
        created = read_instant(text(_one(timestamp, f"{_U}Created")))
        expires = read_instant(text(_one(timestamp, f"{_U}Expires")))
    except ValueError as error:
        raise Malformed("an unreadable time") from error
    return SecurityHeader(
        created=created,
        expires=expires,
        assertion=assertion,
        signed_info=_canonical(info),
        signature=_binary(_one(signature, f"{_D}SignatureValue")),
        key_name=text(signature.find(f"{_D}KeyInfo/{_W}SecurityTokenReference/{_W}KeyIdentifier")).strip(),
    )


def read_bearer(header: Element) -> Element:
    """The assertion of a request that its ticket alone vouches for. Raises ``Malformed``."""
    if header.tag != SECURITY:
        raise Malformed("not a Security header")
    return _one(header, f"{_S}Assertion")


def _canonical(element: Element) -> bytes:
    """Exclusive canonical form, without what follows the element."""
    return bytes(etree.tostring(element, method="c14n", exclusive=True, with_comments=False, with_tail=False))


def _one(parent: Element, path: str) -> Element:
    found = parent.findall(path)
    if len(found) != 1:
        raise Malformed("a Security header without a part it needs, or with two of it")
    return found[0]


def _binary(element: Element) -> bytes:
    try:
        return base64.b64decode("".join(text(element).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("a value that is not base64") from error
