"""The client's side of web tickets: requests as Lync clients write them, and the signature with a ticket's key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from samband.trust.sip.tls_dsk.keys import p_hash
from samband.wire.web_auth import names

ENTROPY = bytes(range(32))


def ticket_request(applies_to: str, claimed: str = "sip:alice@contoso.test", entropy: bytes = ENTROPY) -> bytes:
    """A RequestSecurityToken."""
    claim = (
        f'<wst:Claims Dialect="urn:component:Microsoft.Rtc.WebAuthentication.2010:authclaims"><auth:ClaimType '
        f'xmlns:auth="{names.AUTH_CLAIM}" Uri="http://schemas.xmlsoap.org/ws/2005/05/identity/claims/uri" '
        f'Optional="false"><auth:Value>{claimed}</auth:Value></auth:ClaimType></wst:Claims>'
    )
    return (
        '<?xml version="1.0"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        f'<wst:RequestSecurityToken xmlns:wst="{names.WST}" Context="c&amp;1">'
        f"<wst:TokenType>{names.SAML_TOKEN}</wst:TokenType>"
        "<wst:RequestType>http://schemas.xmlsoap.org/ws/2005/02/trust/Issue</wst:RequestType>"
        f'<wsp:AppliesTo xmlns:wsp="{names.WSP}"><wsa:EndpointReference xmlns:wsa="{names.WSA}">'
        f"<wsa:Address>{applies_to}</wsa:Address></wsa:EndpointReference></wsp:AppliesTo>{claim if claimed else ''}"
        f"<wst:Entropy><wst:BinarySecret>{base64.b64encode(entropy).decode()}</wst:BinarySecret></wst:Entropy>"
        f"<wst:KeyType>{names.SYMMETRIC_KEY}</wst:KeyType></wst:RequestSecurityToken></soap:Body></soap:Envelope>"
    ).encode()


class Ticket:
    """What a client takes out of the answer, by searching its text."""

    def __init__(self, answer: bytes, entropy: bytes = ENTROPY) -> None:
        text = answer.decode()
        self.assertion = _between(text, "<saml:Assertion", "</saml:Assertion>", whole=True)
        self.lifetime = _between(text, "<Lifetime>", "</Lifetime>")
        self.id = _between(self.assertion, 'AssertionID="', '"')
        self.key = p_hash("sha1", entropy, base64.b64decode(_between(text, "<BinarySecret>", "</BinarySecret>")), 32)

    def header(self) -> str:
        """The value of X-MS-WebTicket."""
        return "opaque=" + base64.b64encode(self.assertion.encode()).decode()

    def security(self, *, key: bytes | None = None, lifetime: str = "") -> str:
        """The Security header, signed as text."""
        timestamp = (
            f'<wsu:Timestamp xmlns:wsu="{names.WSU}" wsu:Id="timestamp">{lifetime or self.lifetime}</wsu:Timestamp>'
        )
        digest = base64.b64encode(hashlib.sha1(timestamp.encode()).digest()).decode()
        info = (
            f'<SignedInfo xmlns="{names.DS}"><CanonicalizationMethod Algorithm="{names.EXCLUSIVE_C14N}">'
            f'</CanonicalizationMethod><SignatureMethod Algorithm="{names.HMAC_SHA1}"></SignatureMethod>'
            f'<Reference URI="#timestamp"><Transforms><Transform Algorithm="{names.EXCLUSIVE_C14N}"></Transform>'
            f'</Transforms><DigestMethod Algorithm="{names.SHA1}"></DigestMethod><DigestValue>{digest}</DigestValue>'
            "</Reference></SignedInfo>"
        )
        value = base64.b64encode(hmac.digest(key or self.key, info.encode(), "sha1")).decode()
        return (
            f'<wsse:Security xmlns:wsse="{names.WSSE}">{timestamp}{self.assertion}'
            f'<Signature xmlns="{names.DS}"> {info} '
            f"<SignatureValue>{value}</SignatureValue> <KeyInfo><wsse:SecurityTokenReference>"
            f'<wsse:KeyIdentifier ValueType="{names.SAML_ASSERTION_ID}">{self.id}</wsse:KeyIdentifier>'
            "</wsse:SecurityTokenReference></KeyInfo></Signature></wsse:Security>"
        )


def certificate_request(pkcs10: bytes, security: str, entity: str = "alice@contoso.test") -> bytes:
    """A GetAndPublishCert; the PKCS#10 request in lines, as clients write it."""
    encoded = base64.encodebytes(pkcs10).decode().replace("\n", "\r\n")
    return (
        '<?xml version="1.0"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
        f'xmlns:wsu="{names.WSU}"><soap:Header>{security}</soap:Header><soap:Body>'
        f'<GetAndPublishCert xmlns="{names.OCS_AUTH}" xmlns:wst="{names.WST_SLASH}" DeviceId="{{0e324752}}" '
        f'Entity="{entity}"><wst:RequestSecurityToken><wst:TokenType>{names.X509_TOKEN}</wst:TokenType>'
        f'<wst:RequestType>{names.WST}/Issue</wst:RequestType><wsse:BinarySecurityToken xmlns:wsse="{names.WSSE}" '
        f'ValueType="http://schemas.microsoft.com/OCS/AuthWebServices.xsd#PKCS10">\n{encoded}'
        "</wsse:BinarySecurityToken></wst:RequestSecurityToken></GetAndPublishCert></soap:Body></soap:Envelope>"
    ).encode()


def issued_certificate(answer: bytes) -> bytes:
    """The certificate (DER) of a GetAndPublishCertResponse."""
    found = re.search(rb"<BinarySecurityToken[^>]*>([^<]+)</BinarySecurityToken>", answer)
    assert found is not None, answer
    return base64.b64decode(found[1])


def _between(text: str, start: str, end: str, *, whole: bool = False) -> str:
    at = text.index(start)
    to = text.index(end, at + len(start))
    return text[at : to + len(end)] if whole else text[at + len(start) : to]
