"""Server-to-server tokens: honest ones, and the same with one thing wrong."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate

from samband.deployment.site_file import read_site
from samband.ground import open_ground
from samband.serve import administer
from samband.trust.oauth.names import EXCHANGE, LYNC
from samband.wire.jose import base64url, token
from tests.scenarios.ews_session import PATH, envelope
from tests.scenarios.hostile.target import Answer, Target

REALM = "contoso.test"
_GET_INBOX = envelope(
    "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>"
    '<t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'
)


class Forger:
    """Has the key of one side, and writes what it likes."""

    def __init__(self, sign: Callable[[bytes], bytes], x5t: str, certificate: bytes, caller: str, called: str) -> None:
        """``sign`` makes RS256 signatures with the key of ``certificate`` (DER), whose thumbprint is ``x5t``."""
        self._sign = sign
        self.x5t = x5t
        self.certificate = certificate
        self.issuer = f"{caller}@{REALM}"
        self.audience = f"{called}@{REALM}"
        self.stranger = rsa.generate_private_key(65537, 2048)

    def honest(self) -> str:
        return self.for_alice(self.actor())

    def actor(self, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
        part = self._actor_part({"alg": "RS256", **(header or {})}, claims)
        return token.join(part, self._sign(part.encode()))

    def for_alice(self, actor: str, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
        user = {"nameid": "alice@contoso.test", "upn": "alice@contoso.test", "nii": "urn:office:idp:activedirectory"}
        body = {**self._head(), **user, "actortoken": actor, **claims}
        return token.join(token.signed_part({"typ": "JWT", "alg": "none", **(header or {})}, body))

    def _actor_part(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        body = {**self._head(), "nameid": self.issuer, "trustedfordelegation": "true", **claims}
        return token.signed_part({"typ": "JWT", "x5t": self.x5t, **header}, body)

    def _head(self) -> dict[str, str]:
        now = int(time.time())
        return {"aud": self.audience, "iss": self.issuer, "nbf": str(now - 60), "exp": str(now + 3600)}

    def forged(self) -> dict[str, str]:
        """Name to token, none of which may be taken."""
        now = int(time.time())
        honest, actor = self.honest(), self.actor()
        head, claims, signature = actor.split(".")
        return {
            "expired": self.for_alice(self.actor(exp=str(now - 7200), nbf=str(now - 9000))),
            "expired outside": self.for_alice(actor, exp=str(now - 7200), nbf=str(now - 9000)),
            "not yet valid": self.for_alice(self.actor(nbf=str(now + 7200), exp=str(now + 9000))),
            "alg none": self.for_alice(self._unsigned("none")),
            "alg NoNe": self.for_alice(self._unsigned("NoNe")),
            "no alg": self.for_alice(self._unsigned("")),
            "no actor": token.join(
                token.signed_part({"alg": "none"}, {**self._head(), "nameid": "alice@contoso.test"})
            ),
            "HS256 by the certificate": self.for_alice(self._confused(self.certificate)),
            "HS256 by the public key": self.for_alice(self._confused(self._public_key())),
            "a stranger's key": self.for_alice(self._by_stranger({})),
            "a stranger's key inside": self.for_alice(self._by_stranger({"jwk": {"kty": "RSA"}, "x5c": ["AAAA"]})),
            "a key elsewhere": self.for_alice(self._by_stranger({"jku": "http://127.0.0.1:1/", "x5u": "file:///etc"})),
            "other claims": self.for_alice(".".join((head, self._raised(claims), signature))),
            "half a signature": self.for_alice(f"{head}.{claims}.{signature[:100]}"),
            "another host": self.for_alice(self.actor(aud=self.audience.replace(".contoso", ".other"))),
            "another realm": self.for_alice(self.actor(aud=self.audience.replace("@contoso", "@other"))),
            "another issuer": self.for_alice(self.actor(iss=f"{LYNC}@other.test", nameid=f"{LYNC}@other.test")),
            "a user who is nobody": self.for_alice(actor, nameid="nobody@contoso.test", upn="nobody@contoso.test"),
            "two users": self.for_alice(actor, upn="bob@contoso.test"),
            "no user": self.for_alice(actor, nameid="", upn=""),
            "a number as a user": self.for_alice(actor, nameid=1, upn=[1]),
            "an endless number": self.for_alice(self.actor(exp=10**400)),
            "signed outside": honest + signature,
            "cut": honest[: len(honest) // 2],
            "no token": "x",
            "three dots": "...",
            "not base64": "%%%.%%%.%%%",
            "nested JSON": token.join(base64url.encode(b"[" * 20_000) + "." + base64url.encode(b"{}")),
            "a token of tokens": self.for_alice(self.for_alice(self.for_alice(actor))),
        }

    def _unsigned(self, alg: str) -> str:
        return token.join(self._actor_part({"alg": alg}, {}))

    def _confused(self, secret: bytes) -> str:
        part = self._actor_part({"alg": "HS256"}, {})
        return token.join(part, hmac.digest(secret, part.encode(), hashlib.sha256))

    def _public_key(self) -> bytes:
        key = load_der_x509_certificate(self.certificate).public_key()
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def _by_stranger(self, header: dict[str, Any]) -> str:
        part = self._actor_part({"alg": "RS256", **header}, {})
        return token.join(part, self.stranger.sign(part.encode(), padding.PKCS1v15(), hashes.SHA256()))

    def _raised(self, claims: str) -> str:
        return base64url.encode(base64url.decode(claims).replace(b'"nbf":"1', b'"nbf":"0'))


def forgers(folder: Path) -> dict[str, Forger]:
    """One a door, with the real key of the side that calls it, out of the store of the site in ``folder``."""
    doors = {
        "EWS": ("lync", LYNC, f"{EXCHANGE}/mail.contoso.test"),
        "lyncdiscover": ("exchange", EXCHANGE, f"{LYNC}/lync.contoso.test"),
    }

    async def read() -> dict[str, Forger]:
        async with open_ground(folder, read_site(folder)) as ground, administer(ground) as trusts:
            found = {}
            for door, (side, caller, called) in doors.items():
                keys = trusts[side].keys
                found[door] = Forger(keys.sign, keys.x5t, keys.certificates[0], caller, called)
            return found

    return asyncio.run(read())


def present(target: Target, door: str, text: str) -> Answer:
    """Show a token at a door."""
    bearer = {"Authorization": f"Bearer {text}"}
    if door == "EWS":
        return target.post(PATH, _GET_INBOX, headers=bearer)
    path = "/Autodiscover/AutodiscoverService.svc/root/oauth/user?originalDomain=contoso.test"
    return target.send("GET", path, host="lync", headers={**bearer, "Accept": "application/json"})


def refused(answer: Answer) -> None:
    """401 with a Bearer challenge and the reason."""
    assert answer.status == 401
    assert [one for one in answer.all("www-authenticate") if one.startswith("Bearer ")]
    (diagnostics,) = answer.all("x-ms-diagnostics")
    assert "error_category=" in diagnostics
