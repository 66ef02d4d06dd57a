"""The auth metadata document from which a partner learns keys: written as Exchange does, read as others write it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from samband.wire.jose import base64url
from samband.wire.jose.strict_json import read_object

LARGEST = 262_144
MOST_KEYS = 16


class Malformed(ValueError):
    """Bytes that are no metadata document."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Whose keys these are. ``realm`` is ``*`` where the service speaks for any; certificates are DER."""

    service_name: str
    """The application id."""
    realm: str
    certificates: tuple[bytes, ...]
    name: str = ""
    location: str = ""
    """Where the document itself is served."""
    token_endpoint: str = ""
    """Where an authorization server issues tokens; empty for an application."""

    @property
    def issuer(self) -> str:
        return f"{self.service_name}@{self.realm}"

    def write(self) -> bytes:
        """The document, as ``application/json``."""
        keys = [_key(certificate) for certificate in self.certificates]
        identity = hashlib.sha256("".join(key["keyinfo"]["x5t"] for key in keys).encode()).hexdigest()[:32]
        endpoints = [{"location": self.location, "protocol": "OAuth2", "usage": "metadata"}]
        document = {
            "id": f"_{identity}",
            "version": "1.0",
            "name": self.name,
            "realm": self.realm,
            "serviceName": self.service_name,
            "issuer": self.issuer,
            "allowedAudiences": [self.issuer],
            "keys": keys,
            "endpoints": endpoints if self.location else [],
        }
        return json.dumps(document, separators=(",", ":")).encode()


def thumbprint(certificate: bytes) -> str:
    """``x5t``: the SHA-1 of a DER certificate [RFC7515 4.1.7]."""
    return base64url.encode(hashlib.sha1(certificate, usedforsecurity=False).digest())


def read(data: bytes) -> Metadata:
    """Read a document of Exchange, Lync, SharePoint or an authorization server. Raises ``Malformed``.

    Names and enumerated values compare without case; a key without thumbprint gets the one it has.
    """
    if len(data) > LARGEST:
        raise Malformed("the metadata document is too large")
    try:
        document = _lower(read_object(data.removeprefix(b"\xef\xbb\xbf")))
        service, realm = _issuer(document)
        return Metadata(
            service_name=service,
            realm=realm,
            certificates=tuple(_certificates(document)),
            name=_text(document, "name"),
            location=_endpoint(document, metadata=True),
            token_endpoint=_endpoint(document, metadata=False),
        )
    except ValueError as problem:
        raise Malformed(str(problem)) from None


def _key(certificate: bytes) -> dict[str, Any]:
    return {
        "usage": "signing",
        "keyinfo": {"x5t": thumbprint(certificate)},
        "keyvalue": {"type": "x509Certificate", "value": base64.b64encode(certificate).decode("ascii")},
    }


def _issuer(document: dict[str, Any]) -> tuple[str, str]:
    service, _, realm = _text(document, "issuer").partition("@")
    service = _text(document, "servicename") or service
    realm = _text(document, "realm") or realm
    if not service:
        raise ValueError("the document does not say whose it is")
    return service.partition("/")[0], realm or "*"


def _certificates(document: dict[str, Any]) -> Iterator[bytes]:
    keys = _objects(document, "keys")
    if len(keys) > MOST_KEYS:
        raise ValueError("the document has too many keys")
    for key in keys:
        value = key.get("keyvalue")
        if _text(key, "usage").lower() not in ("signing", "") or not isinstance(value, dict):
            continue
        if _text(value, "type").lower() != "x509certificate":
            continue
        try:
            yield base64.b64decode("".join(_text(value, "value").split()), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("a key is not base64") from None


def _endpoint(document: dict[str, Any], *, metadata: bool) -> str:
    """Where the document is served, or where tokens are issued: both stand under the protocol OAuth2."""
    for endpoint in _objects(document, "endpoints"):
        of_metadata = _text(endpoint, "usage").lower() == "metadata"
        if _text(endpoint, "protocol").lower() == "oauth2" and of_metadata == metadata:
            return _text(endpoint, "location")
    return ""


def _objects(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = document.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _lower(value: Any) -> Any:
    """The same with every name in lower case. Raises ``ValueError`` where two names become one."""
    if isinstance(value, list):
        return [_lower(one) for one in value]
    if not isinstance(value, dict):
        return value
    lowered = {name.lower(): _lower(one) for name, one in value.items()}
    if len(lowered) != len(value):
        raise ValueError("a name stands twice in the document")
    return lowered
