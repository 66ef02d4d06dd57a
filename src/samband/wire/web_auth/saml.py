"""The SAML 1.1 assertion inside a web ticket: to clients it is opaque, only its issuer reads it.

The text written is in exclusive canonical form, attributes in order and no element closed in its own tag, so that a
digest of the text is the digest XML-DSig asks for [XMLDSIG 3.1; XML-EXC-C14N 2]. The issuer checks a ticket by writing
it anew from what it read: how a client wrapped or spelt it never matters, and what it added counts for nothing.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from samband.wire.web_auth import names
from samband.wire.web_auth.instants import read_instant, write_instant
from samband.wire.xml.reading import Element, Malformed, text
from samband.wire.xml.text import escape, escape_attribute

_S = "{" + names.SAML + "}"
_D = "{" + names.DS + "}"
_E = "{" + names.XENC + "}"
_PASSWORD = "urn:oasis:names:tc:SAML:1.0:am:password"
_HOLDER = "urn:oasis:names:tc:SAML:1.0:cm:holder-of-key"


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a ticket says: ``subject`` proved itself to ``issuer`` for ``audience``.

    ``wrapped_key`` is the key the holder signs requests with, encrypted by the issuer to itself.
    """

    id: str
    issuer: str
    subject: str
    audience: str
    created: datetime
    expires: datetime
    wrapped_key: bytes


def write_unsigned(assertion: Assertion) -> str:
    """The assertion as it is digested: without its signature."""
    return _write(assertion, "")


def signed_info(assertion: Assertion) -> str:
    """What the signature is computed over: SignedInfo with the digest of the assertion [XMLDSIG 4.3]."""
    digest = base64.b64encode(hashlib.sha256(write_unsigned(assertion).encode()).digest()).decode()
    return (
        f'<ds:SignedInfo xmlns:ds="{names.DS}">'
        f'<ds:CanonicalizationMethod Algorithm="{names.EXCLUSIVE_C14N}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{names.HMAC_SHA256}"></ds:SignatureMethod>'
        f'<ds:Reference URI="#{escape_attribute(assertion.id)}"><ds:Transforms>'
        f'<ds:Transform Algorithm="{names.ENVELOPED}"></ds:Transform>'
        f'<ds:Transform Algorithm="{names.EXCLUSIVE_C14N}"></ds:Transform></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{names.SHA256}"></ds:DigestMethod>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )


def write_signed(assertion: Assertion, signature: bytes) -> str:
    """The whole ticket."""
    value = base64.b64encode(signature).decode()
    return _write(
        assertion,
        f'<ds:Signature xmlns:ds="{names.DS}">{signed_info(assertion)}'
        f"<ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>",
    )


def read_assertion(element: Element) -> tuple[Assertion, bytes]:
    """An assertion and its signature, not yet checked. Raises ``Malformed`` where a part is missing or unreadable."""
    if element.tag != _S + "Assertion":
        raise Malformed("not a SAML assertion")
    conditions = _one(element, _S + "Conditions")
    subject = _one(element, f"{_S}AuthenticationStatement/{_S}Subject")
    wrapped = _one(subject, f"{_S}SubjectConfirmation/{_D}KeyInfo/{_E}EncryptedKey/{_E}CipherData/{_E}CipherValue")
    try:
        assertion = Assertion(
            id=element.get("AssertionID", ""),
            issuer=element.get("Issuer", ""),
            subject=text(_one(subject, _S + "NameIdentifier")),
            audience=text(_one(conditions, f"{_S}AudienceRestrictionCondition/{_S}Audience")),
            created=read_instant(conditions.get("NotBefore", "")),
            expires=read_instant(conditions.get("NotOnOrAfter", "")),
            wrapped_key=base64.b64decode(text(wrapped), validate=True),
        )
        signature = base64.b64decode(text(_one(element, f"{_D}Signature/{_D}SignatureValue")), validate=True)
    except ValueError as error:
        raise Malformed("unreadable value in an assertion") from error
    return assertion, signature


def _one(parent: Element, path: str) -> Element:
    found = parent.findall(path)
    if len(found) != 1:
        raise Malformed("an assertion without a part it needs, or with two of it")
    return found[0]


def _write(assertion: Assertion, signature: str) -> str:
    created, expires = write_instant(assertion.created), write_instant(assertion.expires)
    wrapped = base64.b64encode(assertion.wrapped_key).decode()
    return (
        f'<saml:Assertion xmlns:saml="{names.SAML}" AssertionID="{escape_attribute(assertion.id)}" '
        f'IssueInstant="{created}" Issuer="{escape_attribute(assertion.issuer)}" MajorVersion="1" MinorVersion="1">'
        f'<saml:Conditions NotBefore="{created}" NotOnOrAfter="{expires}"><saml:AudienceRestrictionCondition>'
        f"<saml:Audience>{escape(assertion.audience)}</saml:Audience>"
        "</saml:AudienceRestrictionCondition></saml:Conditions>"
        f'<saml:AuthenticationStatement AuthenticationInstant="{created}" AuthenticationMethod="{_PASSWORD}">'
        f"<saml:Subject><saml:NameIdentifier>{escape(assertion.subject)}</saml:NameIdentifier>"
        f"<saml:SubjectConfirmation><saml:ConfirmationMethod>{_HOLDER}</saml:ConfirmationMethod>"
        f'<ds:KeyInfo xmlns:ds="{names.DS}"><xenc:EncryptedKey xmlns:xenc="{names.XENC}">'
        f'<xenc:EncryptionMethod Algorithm="{names.AES_256_GCM}"></xenc:EncryptionMethod>'
        f"<xenc:CipherData><xenc:CipherValue>{wrapped}</xenc:CipherValue></xenc:CipherData>"
        "</xenc:EncryptedKey></ds:KeyInfo></saml:SubjectConfirmation></saml:Subject></saml:AuthenticationStatement>"
        f"{signature}</saml:Assertion>"
    )
