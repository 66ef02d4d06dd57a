"""The certificate service's request and answer [MS-OCAUTHWS 3.1.4.1]."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from samband.wire.web_auth import names
from samband.wire.xml.reading import Element, Malformed, local_name, text

_O = "{" + names.OCS_AUTH + "}"
_W = "{" + names.WSSE + "}"


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """GetAndPublishCert: a device of ``entity`` (``user@domain``) wants its key certified. ``pkcs10`` is DER."""

    device: str
    entity: str
    pkcs10: bytes


def read_certificate_request(element: Element) -> CertificateRequest:
    """Raises ``Malformed`` for any other element, and where a part is missing."""
    if element.tag != _O + "GetAndPublishCert":
        raise Malformed("not a GetAndPublishCert")
    inner = next((child for child in element if local_name(child) == "RequestSecurityToken"), None)
    token = inner.find(_W + "BinarySecurityToken") if inner is not None else None
    if token is None or not token.get("ValueType", "").endswith("#PKCS10"):
        raise Malformed("no PKCS#10 request")
    try:
        pkcs10 = base64.b64decode("".join(text(token).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("the PKCS#10 request is not base64") from error
    device, entity = element.get("DeviceId", "").strip(), element.get("Entity", "").strip()
    if not device or not entity:
        raise Malformed("a certificate for no device or nobody")
    return CertificateRequest(device, entity, pkcs10)


def write_certificate_response(certificate: bytes) -> str:
    """GetAndPublishCertResponse with a certificate in DER."""
    value = base64.b64encode(certificate).decode()
    return (
        f'<GetAndPublishCertResponse xmlns="{names.OCS_AUTH}">'
        f'<RequestSecurityTokenResponse xmlns="{names.WST}"><TokenType>{names.X509_TOKEN}</TokenType>'
        "<RequestedSecurityToken>"
        f'<BinarySecurityToken xmlns="{names.WSSE}" ValueType="{names.X509_TOKEN}" EncodingType="{names.BASE64}">'
        f"{value}</BinarySecurityToken></RequestedSecurityToken></RequestSecurityTokenResponse>"
        "</GetAndPublishCertResponse>"
    )
