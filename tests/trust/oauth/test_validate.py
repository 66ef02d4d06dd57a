"""Tokens that are taken, and every way in which one is not."""

import hashlib
import hmac
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from samband.model.caller import Caller
from samband.trust.oauth import diagnostics
from samband.trust.oauth.names import ACS, EXCHANGE, LYNC, SHAREPOINT, Audience
from samband.trust.oauth.partner import DEFAULT_PERMISSIONS
from samband.trust.x509 import Identity
from samband.wire.http import HttpResponse
from samband.wire.jose import base64url, token
from samband.wire.jose.metadata import Metadata, thumbprint
from tests.trust.fakes import person
from tests.trust.oauth.world import HERE, HOST, LYNC_ISSUER, REALM, World, inside, sign


def test_what_we_issue_is_taken(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        alice = made.people.by_guid("guid-alice")
        expected = Caller(alice, "bearer", application=LYNC, app_permissions=DEFAULT_PERMISSIONS)
        assert made.judge(made.lync.for_user(HERE, made.alice())) == expected
        itself = Caller(None, "bearer", application=LYNC, app_permissions=DEFAULT_PERMISSIONS)
        assert made.judge(made.lync.as_itself(HERE)) == itself

    inside(tmp_path, story)


def test_other_honest_forms_are_taken(tmp_path: Path) -> None:
    """Numbers for times, ``actort``, a padded thumbprint, capitals in the host, a SID, a claim of the other side."""

    async def story(made: World) -> None:
        await made.trust_lync()
        now = int(made.clock.time().timestamp())
        numbers = {"nbf": now, "exp": now + 3600}
        padded = made.keys.x5t.replace("-", "+").replace("_", "/") + "="
        named = made.outer_claims()
        forms = [
            made.outer(made.inner(made.inner_claims(**numbers)), made.outer_claims(**numbers)),
            token.join(token.signed_part({"alg": "none"}, {**named, "actort": made.inner()})),
            made.outer(made.inner(x5t=padded)),
            made.outer(made.inner(made.inner_claims(aud=f"{EXCHANGE}/MAIL.contoso.test@{REALM}"))),
            made.outer(made.inner(made.inner_claims(trustedfordelegation=True))),
            made.outer(made.inner(typ=None)),
            made.outer(claims=made.outer_claims(nameid="S-1-5-21-1-2-3-500")),
            made.outer(claims=made.outer_claims(nameid="ALICE@contoso.test", msexchuid="mailbox-alice@x")),
            made.outer(claims=made.outer_claims(sip="gone@contoso.test")),
        ]
        for text in forms:
            judged = made.judge(text)
            assert isinstance(judged, Caller), judged
            assert judged.person == made.people.by_guid("guid-alice")

    inside(tmp_path, story)


INNER: list[tuple[dict[str, Any], int]] = [
    # Who issued it
    ({"iss": None}, diagnostics.INVALID_TOKEN),
    ({"iss": ""}, diagnostics.INVALID_TOKEN),
    ({"iss": [LYNC_ISSUER]}, diagnostics.INVALID_TOKEN),
    ({"iss": LYNC}, diagnostics.INVALID_TOKEN),
    ({"iss": f"{LYNC}@other.test"}, diagnostics.INVALID_ISSUER),
    ({"iss": f"{LYNC}@Contoso.test"}, diagnostics.INVALID_ISSUER),
    ({"iss": f"{LYNC}@*"}, diagnostics.INVALID_ISSUER),
    ({"iss": f"{EXCHANGE}@{REALM}"}, diagnostics.INVALID_ISSUER),
    ({"iss": f"{LYNC_ISSUER}@x"}, diagnostics.INVALID_TOKEN),
    # For whom it speaks
    ({"nameid": None}, diagnostics.INVALID_TOKEN),
    ({"nameid": f"{SHAREPOINT}@{REALM}"}, diagnostics.INVALID_ISSUER),
    ({"nameid": f"{LYNC}@other.test"}, diagnostics.INVALID_ISSUER),
    # For whom it is
    ({"aud": None}, diagnostics.INVALID_RESOURCE),
    ({"aud": ""}, diagnostics.INVALID_RESOURCE),
    ({"aud": [str(HERE)]}, diagnostics.INVALID_RESOURCE),
    ({"aud": f"{EXCHANGE}@{REALM}"}, diagnostics.INVALID_RESOURCE),
    ({"aud": f"{EXCHANGE}/{HOST}"}, diagnostics.INVALID_RESOURCE),
    ({"aud": f"{EXCHANGE}/{HOST}/x@{REALM}"}, diagnostics.INVALID_RESOURCE),
    ({"aud": f"{EXCHANGE}/{HOST}@{REALM}@x"}, diagnostics.INVALID_RESOURCE),
    ({"aud": f"{LYNC}/{HOST}@{REALM}"}, diagnostics.INVALID_RESOURCE),
    ({"aud": f"{EXCHANGE.replace('ff', 'FF')}/{HOST}@{REALM}"}, diagnostics.INVALID_RESOURCE),
    ({"aud": f"{EXCHANGE}/other.contoso.test@{REALM}"}, diagnostics.INVALID_RESOURCE),
    ({"aud": f"{EXCHANGE}/autodiscover.contoso.test@{REALM}"}, diagnostics.INVALID_RESOURCE),
    ({"aud": f"{EXCHANGE}/{HOST}@Contoso.test"}, diagnostics.INVALID_TENANT),
    ({"aud": f"{EXCHANGE}/{HOST}@*"}, diagnostics.INVALID_TENANT),
    ({"aud": f"{EXCHANGE}/{HOST}@*.contoso.test"}, diagnostics.INVALID_TENANT),
    # When
    ({"exp": None}, diagnostics.INVALID_TOKEN),
    ({"nbf": None}, diagnostics.INVALID_TOKEN),
    ({"exp": "soon"}, diagnostics.INVALID_TOKEN),
    ({"exp": "-1"}, diagnostics.INVALID_TOKEN),
    ({"exp": True}, diagnostics.INVALID_TOKEN),
    ({"exp": "9" * 40}, diagnostics.INVALID_TOKEN),
    ({"exp": 1e300}, diagnostics.INVALID_TOKEN),
    ({"exp": "٣"}, diagnostics.INVALID_TOKEN),
    ({"exp": "1323384205"}, diagnostics.TOKEN_EXPIRED),
    ({"nbf": "9999999999"}, diagnostics.TOKEN_EXPIRED),
    # Whether it may
    ({"trustedfordelegation": None}, diagnostics.INVALID_GRANT),
    ({"trustedfordelegation": "false"}, diagnostics.INVALID_GRANT),
    ({"trustedfordelegation": 1.5}, diagnostics.INVALID_GRANT),
    # What is inside
    ({"actortoken": "x.y.z"}, diagnostics.INVALID_TOKEN),
    ({"actort": "x.y.z"}, diagnostics.INVALID_TOKEN),
]


@pytest.mark.parametrize(("changed", "code"), INNER)
def test_actor_tokens_with_wrong_claims(tmp_path: Path, changed: dict[str, Any], code: int) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        inner = made.inner(made.inner_claims(**changed))
        outer = made.outer(inner, made.outer_claims(iss=str(changed.get("nameid") or LYNC_ISSUER)))
        assert made.refused(outer).code == code

    inside(tmp_path, story)


OUTER: list[tuple[dict[str, Any], int]] = [
    ({"iss": None}, diagnostics.INVALID_ISSUER),
    ({"iss": LYNC_ISSUER.upper()}, diagnostics.INVALID_ISSUER),
    ({"iss": LYNC_ISSUER + " "}, diagnostics.INVALID_ISSUER),
    ({"iss": f"{EXCHANGE}@{REALM}"}, diagnostics.INVALID_ISSUER),
    ({"aud": None}, diagnostics.INVALID_RESOURCE),
    ({"aud": f"{EXCHANGE}/other.contoso.test@{REALM}"}, diagnostics.INVALID_RESOURCE),
    ({"aud": f"{EXCHANGE}/{HOST}@Contoso.test"}, diagnostics.INVALID_TENANT),
    ({"exp": "1323384205"}, diagnostics.TOKEN_EXPIRED),
    ({"nbf": "9999999999"}, diagnostics.TOKEN_EXPIRED),
    ({"exp": None}, diagnostics.INVALID_TOKEN),
    ({"nameid": "nobody@contoso.test"}, diagnostics.INVALID_USER),
    ({"nameid": "alice"}, diagnostics.INVALID_USER),
    ({"nameid": "bob@contoso.test"}, diagnostics.INVALID_USER),
    ({"upn": "bob@contoso.test"}, diagnostics.INVALID_USER),
    ({"smtp": "bob@contoso.test"}, diagnostics.INVALID_USER),
    ({"smtp": "nobody@contoso.test"}, diagnostics.INVALID_USER),
    ({"sip": "bob@contoso.test"}, diagnostics.INVALID_USER),
    ({"msexchuid": "mailbox-bob@x"}, diagnostics.INVALID_USER),
    ({"nameid": None, "upn": None, "smtp": None}, diagnostics.INVALID_USER),
    ({"nameid": None, "upn": None, "smtp": None, "sip": None}, diagnostics.INVALID_USER),
    ({"nameid": ["alice@contoso.test"], "upn": None, "smtp": None}, diagnostics.INVALID_USER),
    ({"actort": "x.y.z"}, diagnostics.INVALID_TOKEN),
    ({"actort": None, "actortoken": ""}, diagnostics.INVALID_TOKEN),
    ({"actortoken": 5}, diagnostics.INVALID_TOKEN),
]


@pytest.mark.parametrize(("changed", "code"), OUTER)
def test_tokens_for_users_with_wrong_claims(tmp_path: Path, changed: dict[str, Any], code: int) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        assert made.refused(made.outer(claims=made.outer_claims(**changed))).code == code

    inside(tmp_path, story)


def test_unsigned_tokens_prove_nothing(tmp_path: Path, foreign: Identity) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        part = token.signed_part({"typ": "JWT", "alg": "none"}, made.inner_claims())
        bare = token.join(part)
        alone = token.join(token.signed_part({"typ": "JWT", "alg": "none"}, made.outer_claims()))
        signature = made.keys.sign(part.encode())
        wrong = [bare, alone, token.join(part, signature), made.outer(bare), made.outer(made.outer())]
        wrong += [made.outer(made.inner(alg=name)) for name in ("none", "None", "NONE", "nOnE", "", "HS256", "RS512")]
        wrong += [made.outer(made.inner(alg=None)), made.outer(made.inner(alg=["RS256"]))]
        wrong += [made.outer(alg=name) for name in ("None", "NONE", "RS256", "HS256", "")]
        wrong += [made.outer() + base64url.encode(signature), made.outer(made.inner(crit=["exp"]))]
        for text in wrong:
            assert made.refused(text).code == diagnostics.INVALID_TOKEN

    inside(tmp_path, story)


def test_signatures(tmp_path: Path, foreign: Identity) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        header = {"typ": "JWT", "alg": "RS256", "x5t": made.keys.x5t}
        other = thumbprint(foreign.certificate.public_bytes(Encoding.DER))
        honest = made.inner()
        head, claims, signature = honest.split(".")
        raised = base64url.encode(
            base64url.decode(claims).replace(b'"trustedfordelegation":"true"', b'"trustedfordelegation":"yes!"')
        )
        wrong = [
            sign(foreign, header, made.inner_claims()),
            sign(foreign, {**header, "x5t": other}, made.inner_claims()),
            sign(foreign, {**header, "jwk": {"kty": "RSA"}, "x5c": ["AAAA"]}, made.inner_claims()),
            made.inner(x5t=other),
            made.inner(x5t=None),
            made.inner(x5t=""),
            made.inner(x5t=[made.keys.x5t]),
            f"{head}.{raised}.{signature}",
            f"{head}.{claims}.",
            f"{head}.{claims}.{base64url.encode(base64url.decode(signature)[:-1])}",
        ]
        for text in wrong:
            assert made.refused(made.outer(text)).code == diagnostics.INVALID_SIGNATURE
            assert made.refused(text).code == diagnostics.INVALID_SIGNATURE

    inside(tmp_path, story)


def test_the_public_key_is_no_shared_secret(tmp_path: Path) -> None:
    """The classic confusion: HS256 with the partner's public key as the secret."""

    async def story(made: World) -> None:
        await made.trust_lync()
        [partner] = made.partners.all()
        public = partner.keys[made.keys.x5t].public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        part = token.signed_part({"alg": "HS256", "x5t": made.keys.x5t}, made.inner_claims())
        for secret in (public, made.keys.certificates[0]):
            confused = token.join(part, hmac.digest(secret, part.encode(), hashlib.sha256))
            assert made.refused(confused).code == diagnostics.INVALID_TOKEN
            assert made.refused(made.outer(confused)).code == diagnostics.INVALID_TOKEN

    inside(tmp_path, story)


def test_one_partner_cannot_speak_for_another(tmp_path: Path, foreign: Identity) -> None:
    """SharePoint is trusted too: its key does not sign for Lync, nor its tokens name Lync."""

    async def story(made: World) -> None:
        await made.trust_lync()
        certificate = foreign.certificate.public_bytes(Encoding.DER)
        await made.partners.add_by_certificate("SharePoint", SHAREPOINT, REALM, [certificate])
        sharepoint = f"{SHAREPOINT}@{REALM}"
        header = {"alg": "RS256", "x5t": thumbprint(certificate)}
        own = made.inner_claims(iss=sharepoint, nameid=sharepoint)
        good = made.outer(sign(foreign, header, own), made.outer_claims(iss=sharepoint))
        assert isinstance(made.judge(good), Caller)
        as_lync = sign(foreign, header, made.inner_claims())
        assert made.refused(made.outer(as_lync)).code == diagnostics.INVALID_SIGNATURE
        naming_lync = sign(foreign, header, made.inner_claims(iss=sharepoint))
        assert made.refused(made.outer(naming_lync)).code == diagnostics.INVALID_ISSUER
        borrowed = made.outer(sign(foreign, header, own))
        assert made.refused(borrowed).code == diagnostics.INVALID_ISSUER

    inside(tmp_path, story)


def test_an_authorization_server_names_applications(tmp_path: Path, foreign: Identity) -> None:
    async def story(made: World) -> None:
        certificate = foreign.certificate.public_bytes(Encoding.DER)
        acs = f"{ACS}@tenant"
        part = {"alg": "RS256", "x5t": thumbprint(certificate)}
        document = Metadata(ACS, "tenant", (certificate,))
        made.net.answers["https://sts.test/json"] = HttpResponse(body=document.write())
        await made.partners.add_server("ACS", "https://sts.test/json")
        inner = sign(foreign, part, made.inner_claims(iss=acs))
        assert made.refused(made.outer(inner)).code == diagnostics.INVALID_ISSUER
        await made.partners.add_delegated("Lync", LYNC)
        assert isinstance(made.judge(made.outer(inner)), Caller)
        assert made.refused(made.outer(made.inner())).code == diagnostics.INVALID_ISSUER
        itself = sign(foreign, part, made.inner_claims(iss=acs, nameid=acs))
        assert made.refused(itself).code == diagnostics.INVALID_ISSUER

    inside(tmp_path, story)


@pytest.mark.parametrize(
    ("options", "for_user", "itself"),
    [
        ({"trust_level": "Full"}, True, True),
        ({"trust_level": "User"}, True, False),
        ({"trust_level": "Application"}, False, True),
        ({"permissions": ()}, False, False),
        ({"permissions": ("ArchiveApplication",)}, False, True),
        ({"permissions": ("UserApplication",)}, True, True),
    ],
)
def test_trust_levels_and_permissions(tmp_path: Path, options: dict[str, Any], for_user: bool, itself: bool) -> None:
    async def story(made: World) -> None:
        await made.trust_lync(**options)
        for text, allowed in ((made.outer(), for_user), (made.lync.as_itself(HERE), itself)):
            judged = made.judge(text)
            if allowed:
                assert isinstance(judged, Caller)
            else:
                assert made.refused(text).code == diagnostics.INVALID_GRANT

    inside(tmp_path, story)


def test_clocks_may_differ_by_five_minutes(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        text = made.lync.for_user(HERE, made.alice())
        for seconds, taken in ((-301, False), (-299, True), (3600 + 299, True), (3600 + 301, False)):
            before = made.clock.now
            made.clock.now += seconds
            assert isinstance(made.judge(text), Caller) == taken
            made.clock.now = before

    inside(tmp_path, story)


def test_a_token_for_another_host_of_ours_is_for_that_host_only(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        other = Audience(EXCHANGE, "autodiscover.contoso.test", REALM)
        text = made.lync.for_user(other, made.alice())
        assert isinstance(made.judge(text, "autodiscover.contoso.test"), Caller)
        assert made.refused(text).code == diagnostics.INVALID_RESOURCE
        elsewhere = made.lync.for_user(Audience(EXCHANGE, "evil.test", REALM), made.alice())
        assert made.refused(elsewhere, "evil.test").code == diagnostics.INVALID_RESOURCE

    inside(tmp_path, story)


def test_a_disabled_user_is_refused(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        made.people.put(person("alice", enabled=False))
        assert made.refused(made.outer()).code == diagnostics.INVALID_USER

    inside(tmp_path, story)


def test_a_reason_is_fit_for_a_header_and_a_log(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        reason = made.refused(made.inner(made.inner_claims(iss="a\x1b[31m\x00å\u2028@" + "x" * 5000))).reason
        assert reason.isascii()
        assert reason.isprintable()
        assert len(reason) <= 300

    inside(tmp_path, story)


def test_no_partner_at_all(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        assert made.refused(made.outer()).code == diagnostics.NOT_AVAILABLE
        assert 'trusted_issuers=""' in made.exchange.challenge()

    inside(tmp_path, story)


def test_texts_that_are_no_tokens(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        honest = made.outer()
        wrong = ["", "x", "..", "a.b.c", "\x00", "å.ä.ö", honest[:-1], honest + ".", honest * 20, "." * 100_000]
        wrong += [made.outer(inner) for inner in ("x", "..", made.inner()[:-2] + "=", made.inner() + ".")]
        wrong.append(made.outer(claims=made.outer_claims(x="a" * 40_000)))
        for text in wrong:
            denied = made.refused(text)
            assert denied.code == diagnostics.INVALID_TOKEN
            assert denied.category == "invalid_token"

    inside(tmp_path, story)


def test_every_changed_character_of_a_token_is_refused_or_means_the_same(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        inner = made.inner()
        for at in range(0, len(inner), 7):
            changed = inner[:at] + ("A" if inner[at] != "A" else "B") + inner[at + 1 :]
            made.refused(made.outer(changed))

    inside(tmp_path, story)
