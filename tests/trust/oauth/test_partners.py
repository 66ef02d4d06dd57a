"""Partners: added, found, refreshed, refused and removed while the service runs."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from samband.model.caller import Caller
from samband.model.changes import TrustChanged
from samband.trust.oauth import diagnostics
from samband.trust.oauth.metadata import MetadataEndpoint
from samband.trust.oauth.names import EXCHANGE, LYNC, SHAREPOINT, Principal
from samband.trust.oauth.partner import APPLICATION, DELEGATED, SERVER
from samband.trust.oauth.partners import PartnerError, Partners
from samband.trust.oauth.people import exchange_view
from samband.trust.oauth.validate import OAuthValidator
from samband.trust.x509 import new_key, signer
from samband.wire.http import HttpRequest, HttpResponse
from samband.wire.jose.metadata import Metadata, thumbprint
from tests.trust.oauth.world import LYNC_DOCUMENT, REALM, World, inside


def publish(made: World, url: str = LYNC_DOCUMENT) -> None:
    """Let Lync's document say what keys it has now."""
    document = Metadata(LYNC, REALM, made.keys.certificates, "Lync", url)
    made.net.answers[url] = HttpResponse(body=document.write())


async def settle() -> None:
    """Let the tasks that were started come to their end."""
    for _ in range(50):
        await asyncio.sleep(0.001)


def test_a_partner_by_metadata_works_at_once_and_not_after_it_is_removed(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        publish(made)
        text = made.outer()
        for _ in range(2):
            assert made.refused(text).code == diagnostics.NOT_AVAILABLE
            added = await made.partners.add_by_metadata("Lync", LYNC_DOCUMENT)
            assert (added.row.application, added.row.realm) == (LYNC, REALM)
            assert isinstance(made.judge(text), Caller)
            assert f"{LYNC}@{REALM}" in made.exchange.challenge()
            assert await made.partners.remove("Lync")
            assert made.refused(text).code == diagnostics.NOT_AVAILABLE
        assert not await made.partners.remove("Lync")

    inside(tmp_path, story)


def test_another_process_removes_and_adds(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        publish(made)
        elsewhere = Partners(made.store, made.news, EXCHANGE, made.net, made.clock)
        await elsewhere.load()
        text = made.outer()
        await elsewhere.add_by_metadata("Lync", LYNC_DOCUMENT)
        await settle()
        assert isinstance(made.judge(text), Caller)
        heard = OAuthValidator(made.exchange._ours, made.partners, exchange_view(made.people), made.clock.time)
        # The feed alone is enough: before any row is read again the partner is refused.
        made.news.committed(99, [TrustChanged(scope="trust", what=f"partner-gone {EXCHANGE} Lync")])
        assert not isinstance(heard.validate(text, "mail.contoso.test"), Caller)
        await settle()
        assert isinstance(made.judge(text), Caller)
        await elsewhere.remove("Lync")
        await settle()
        made.refused(text)

    inside(tmp_path, story)


def test_lost_news_make_everyone_strange_until_the_rows_are_read(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        made.news.lost()
        made.refused(made.outer())
        await settle()
        assert isinstance(made.judge(made.outer()), Caller)

    inside(tmp_path, story)


def test_partners_of_another_service_are_not_ours(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        other = Partners(made.store, made.news, LYNC, made.net, made.clock)
        await other.add_by_certificate("Lync", LYNC, REALM, made.keys.certificates)
        await settle()
        assert made.partners.all() == []
        made.refused(made.outer())

    inside(tmp_path, story)


def test_a_partner_switched_off(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        assert await made.partners.set_enabled("Lync", False)
        made.refused(made.outer())
        assert made.partners.issuers() == []
        assert [one.row.name for one in made.partners.all()] == ["Lync"]
        assert await made.partners.set_enabled("Lync", True)
        assert isinstance(made.judge(made.outer()), Caller)
        assert not await made.partners.set_enabled("Nobody", True)

    inside(tmp_path, story)


def test_everything_is_kept(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        await made.trust_lync(trust_level="User", permissions=("UserApplication",), linked_account="lync-linked")
        await made.partners.add_delegated(
            "SharePoint", SHAREPOINT, permissions=("UserApplication", "LegalHoldApplication")
        )
        again = Partners(made.store, made.news, EXCHANGE, made.net, made.clock)
        await again.load()
        assert [one.row for one in again.all()] == [one.row for one in made.partners.all()]
        lync, sharepoint = again.all()
        assert (lync.row.trust_level, lync.row.linked_account) == ("User", "lync-linked")
        assert sharepoint.row.permissions == {"UserApplication", "LegalHoldApplication"}
        assert set(lync.keys) == {thumbprint(made.keys.certificates[0])}

    inside(tmp_path, story)


def test_realms(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        for realm, fits in (("", True), ("*", True), (REALM, True), ("other.test", False), ("Contoso.test", False)):
            await made.partners.add_by_certificate("Lync", LYNC, realm, made.keys.certificates)
            found = made.partners.matching(Principal(LYNC, REALM), (APPLICATION,))
            assert bool(found) == fits
            assert made.partners.issuers() == [f"{LYNC}@{realm or '*'}"]
            assert isinstance(made.judge(made.outer()), Caller) == fits
        assert made.partners.matching(Principal(LYNC, "other.test"), (DELEGATED, SERVER)) == []

    inside(tmp_path, story)


def test_rolled_keys_are_found_and_the_last_good_ones_kept(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        publish(made)
        await made.partners.add_by_metadata("Lync", LYNC_DOCUMENT)
        old = made.outer()
        await made.keys.stage(made.clock.time())
        await made.keys.roll()
        await made.keys.clear_previous()
        made.net.answers[LYNC_DOCUMENT] = TimeoutError()
        await made.partners.refresh()
        assert "TimeoutError" in made.partners.problems["Lync"]
        assert isinstance(made.judge(old), Caller)
        new = made.outer()
        assert made.refused(new).code == diagnostics.INVALID_SIGNATURE
        publish(made)
        await made.partners.refresh()
        assert made.partners.problems == {}
        assert isinstance(made.judge(new), Caller)
        assert made.refused(old).code == diagnostics.INVALID_SIGNATURE

    inside(tmp_path, story)


def test_a_token_by_an_unknown_key_makes_us_look_again_but_not_often(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        publish(made)
        await made.partners.add_by_metadata("Lync", LYNC_DOCUMENT)
        await made.keys.stage(made.clock.time())
        await made.keys.roll()
        new = made.outer()
        made.net.asked.clear()
        for _ in range(20):
            made.refused(new)
        await settle()
        assert made.net.asked == [LYNC_DOCUMENT]
        assert made.refused(new)
        publish(made)
        made.clock.now += 61
        made.refused(made.outer())
        await settle()
        assert isinstance(made.judge(made.outer()), Caller)

    inside(tmp_path, story)


def test_a_document_that_changed_hands_or_has_no_key_changes_nothing(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        publish(made)
        await made.partners.add_by_metadata("Lync", LYNC_DOCUMENT)
        before = made.partners.all()[0].row
        stolen = Metadata(SHAREPOINT, REALM, made.keys.certificates).write()
        for body in (stolen, Metadata(LYNC, REALM, ()).write(), Metadata(LYNC, REALM, (b"0",)).write(), b"{}", b""):
            made.net.answers[LYNC_DOCUMENT] = HttpResponse(body=body)
            await made.partners.refresh()
            assert "Lync" in made.partners.problems
            assert made.partners.all()[0].row == before
        made.net.answers[LYNC_DOCUMENT] = HttpResponse(302)
        await made.partners.refresh()
        assert "302" in made.partners.problems["Lync"]

    inside(tmp_path, story)


def test_partners_that_cannot_be_added(tmp_path: Path) -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    unfit = [
        signer("x", [], key, datetime.now(UTC), timedelta(days=1)).public_bytes(Encoding.DER)
        for key in (new_key("ec"), short)
    ]

    async def story(made: World) -> None:
        good = made.keys.certificates
        made.net.answers["https://x/"] = HttpResponse(body=b"<html>")
        with pytest.raises(PartnerError, match="https://"):
            await made.partners.add_by_metadata("x", "http://lync.contoso.test/metadata/json/1")
        with pytest.raises(PartnerError):
            await made.partners.add_by_metadata("x", "https://x/")
        with pytest.raises(PartnerError, match="nobody there"):
            await made.partners.add_server("x", "https://nowhere/")
        for certificates in ([], [b"junk"], unfit):
            with pytest.raises(PartnerError, match="2048"):
                await made.partners.add_by_certificate("x", LYNC, REALM, certificates)
        for application, realm in (("", REALM), ("a/b", REALM), ("a b", REALM), (LYNC, "a@b")):
            with pytest.raises(PartnerError, match="does not name"):
                await made.partners.add_by_certificate("x", application, realm, good)
        with pytest.raises(PartnerError, match="name"):
            await made.partners.add_by_certificate("", LYNC, REALM, good)
        assert made.partners.all() == []

    inside(tmp_path, story)


def test_the_metadata_endpoint(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        endpoint = MetadataEndpoint(made.keys, LYNC, name="Lync", realm=REALM, location=LYNC_DOCUMENT)
        answer = await endpoint(HttpRequest("GET", "lync.contoso.test", "/metadata/json/1"))
        assert (answer.status, dict(answer.headers)["Content-Type"]) == (200, "application/json; charset=utf-8")
        assert base64.b64encode(made.keys.certificates[0]) in answer.content
        made.net.answers[LYNC_DOCUMENT] = answer
        added = await made.partners.add_by_metadata("Lync", LYNC_DOCUMENT)
        assert added.row.certificates == made.keys.certificates
        assert (await endpoint(HttpRequest("POST", "lync.contoso.test", "/metadata/json/1"))).status == 405

    inside(tmp_path, story)
