"""What a token must be to be taken: one function a rule, each refuses by ``Denied`` [MS-XOAUTH 3.2.5.6]."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from samband.trust.denied import Denied
from samband.trust.oauth.diagnostics import (
    INVALID_GRANT,
    INVALID_ISSUER,
    INVALID_RESOURCE,
    INVALID_SIGNATURE,
    INVALID_TENANT,
    INVALID_TOKEN,
    NOT_AVAILABLE,
    TOKEN_EXPIRED,
    refusal,
)
from samband.trust.oauth.names import Audience, Principal
from samband.trust.oauth.partner import APPLICATION, DELEGATED, SERVER, Partner
from samband.trust.oauth.partners import Partners
from samband.wire.jose import base64url
from samband.wire.jose import token as jwt
from samband.wire.jose.token import Token

SKEW = timedelta(minutes=5)
ACTOR_CLAIMS = ("actortoken", "actort")
"""The inner token's claim: SharePoint's name and the name in [MS-XOAUTH]."""
USER_ROLE = "UserApplication"


@dataclass(frozen=True, slots=True)
class Service:
    """Who is asked: the service's own names. Realms compare with case, hosts (lower case here) without."""

    application: str
    realms: frozenset[str]
    hosts: frozenset[str]
    hostless: bool = False
    """Whether an audience without host is taken."""


def read(text: str) -> Token:
    """A token, or its refusal."""
    try:
        return jwt.read(text)
    except jwt.Malformed as problem:
        raise refusal(INVALID_TOKEN, f"malformed token: {problem}") from None


def taken_apart(outer: Token) -> tuple[Token | None, Token]:
    """The outer token (None for an application's own) and the signed one; each of them in the one form it may have."""
    if outer.algorithm != "none":
        _no_actor(outer)
        return None, outer
    if outer.signature:
        raise refusal(INVALID_TOKEN, "an unsigned token has a signature")
    present = [name for name in ACTOR_CLAIMS if name in outer.claims]
    if not present:
        raise refusal(INVALID_TOKEN, "an unsigned token must have an actor token inside")
    if len(present) > 1:
        raise refusal(INVALID_TOKEN, "the token has two actor tokens")
    inner = read(outer.claim(present[0]))
    _no_actor(inner)
    return outer, inner


def _no_actor(signed: Token) -> None:
    if any(name in signed.claims for name in ACTOR_CLAIMS):
        raise refusal(INVALID_TOKEN, "an actor token has an actor token inside")


def algorithm(signed: Token) -> None:
    """RS256 and nothing else, whatever the token says of itself."""
    if signed.algorithm != "RS256":
        raise refusal(INVALID_TOKEN, "an actor token must be signed with RS256")
    if "crit" in signed.header:
        raise refusal(INVALID_TOKEN, "the token has critical extensions")


def issuer(signed: Token, partners: Partners) -> tuple[Principal, list[Partner]]:
    """Who issued the signed token, and the partners that this may be."""
    principal = _principal(signed, "iss")
    if not partners.issuers():
        raise refusal(NOT_AVAILABLE, "no partner application is configured")
    found = partners.matching(principal, (APPLICATION, SERVER))
    if not found:
        raise refusal(INVALID_ISSUER, f"{principal} is not a partner application or authorization server")
    return principal, found


def signature(signed: Token, principal: Principal, found: Collection[Partner], partners: Partners) -> Partner:
    """The partner whose key, named by x5t, made the signature. Checked every time."""
    thumbprint = signed.header.get("x5t")
    if not isinstance(thumbprint, str) or not thumbprint:
        raise refusal(INVALID_SIGNATURE, "the token does not name its key")
    name = base64url.normal(thumbprint)
    partner = next((one for one in found if name in one.keys), None)
    if partner is None:
        partners.look_again(principal)
        raise refusal(INVALID_SIGNATURE, f"the key is not one of {principal}")
    try:
        partner.keys[name].verify(signed.signature, signed.signed_part, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise refusal(INVALID_SIGNATURE, "the signature is wrong") from None
    return partner


def application(signed: Token, principal: Principal, signer: Partner, partners: Partners) -> Partner:
    """The partner application that the token speaks for: the issuer itself, or one its authorization server names."""
    named = _principal(signed, "nameid")
    if signer.row.kind == APPLICATION:
        if named != principal:
            raise refusal(INVALID_ISSUER, f"{principal} issues tokens only for itself")
        return signer
    found = partners.matching(named, (DELEGATED,))
    if not found:
        raise refusal(INVALID_ISSUER, f"{named} is not a partner application")
    return found[0]


def same_application(outer: Token, signed: Token) -> None:
    """The outer token's issuer is the signed one's subject, byte for byte."""
    if not outer.claim("iss") or outer.claim("iss") != signed.claim("nameid"):
        raise refusal(INVALID_ISSUER, "the issuer of the token is not the application of the actor token")


def audience(token: Token, ours: Service, host: str) -> None:
    """The token is for this service, at the host it was sent to, in this realm."""
    try:
        meant = Audience.parse(token.claim("aud"))
    except ValueError:
        raise refusal(INVALID_RESOURCE, "the audience has not the three parts it must have") from None
    if meant.application != ours.application:
        raise refusal(INVALID_RESOURCE, "the audience is another application")
    if not meant.host:
        if not ours.hostless:
            raise refusal(INVALID_RESOURCE, "the audience names no host")
    elif meant.host.lower() not in ours.hosts or meant.host.lower() != host.lower():
        raise refusal(INVALID_RESOURCE, "the audience is another host")
    if meant.realm not in ours.realms:
        raise refusal(INVALID_TENANT, f"The tenant for tenant guid '{meant.realm}' does not exist.")


def lifetime(token: Token, now: datetime) -> None:
    """Now is within nbf and exp."""
    begin, end = _seconds(token, "nbf"), _seconds(token, "exp")
    at, skew = now.timestamp(), SKEW.total_seconds()
    if at > end + skew:
        raise refusal(TOKEN_EXPIRED, "the token has expired")
    if at < begin - skew:
        raise refusal(TOKEN_EXPIRED, "the token is not valid yet")


def may_act_for_users(signed: Token, partner: Partner) -> None:
    """The partner may speak for users, and its issuer says so too."""
    if signed.claims.get("trustedfordelegation") not in ("true", "True", True):
        raise refusal(INVALID_GRANT, "the actor token is not trusted for delegation")
    if partner.row.trust_level not in ("Full", "User"):
        raise refusal(INVALID_GRANT, "the partner application is not trusted to act for users")
    if USER_ROLE not in partner.row.permissions:
        raise _no_permissions()


def may_act_as_itself(partner: Partner) -> None:
    """The partner may speak for itself."""
    if partner.row.trust_level not in ("Full", "Application"):
        raise refusal(INVALID_GRANT, "the partner application is not trusted to act as itself")
    if not partner.row.permissions:
        raise _no_permissions()


def _no_permissions() -> Denied:
    return refusal(
        INVALID_GRANT,
        "the token should have valid permissions or linked account associated with partner application",
    )


def _principal(token: Token, name: str) -> Principal:
    try:
        return Principal.parse(token.claim(name))
    except ValueError:
        raise refusal(INVALID_TOKEN, f"the claim {name} does not name an application in a realm") from None


def _seconds(token: Token, name: str) -> float:
    """A time in Unix seconds: a number as SharePoint writes it, or text as Exchange does."""
    value = token.claims.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 12:
        return float(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**12:
        return float(value)
    raise refusal(INVALID_TOKEN, f"the claim {name} is not a time")
