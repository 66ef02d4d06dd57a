"""Parts of a check that a healthy demo does not show: proofs that are not there, clocks that differ, slow probes."""

from __future__ import annotations

import asyncio
import os
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from samband.cli.init import write_site
from samband.cli.main import main
from samband.deployment.measured import Outcome
from samband.deployment.network_settings import Listen
from samband.deployment.site_file import read_site
from samband.deployment.troubles import Trouble
from samband.directory.new_people import new_person
from samband.ground import open_ground
from samband.net import ports
from samband.serve.check import probing
from samband.serve.check.endpoints import ADDRESS_BOOK, Endpoints
from samband.serve.check.identity import Identity
from samband.serve.check.probing import Fine, Met, NotTried, measured
from samband.serve.check.site import Wish, address_book_findings, check_site
from samband.wire.http import HttpResponse
from tests.deployment.test_surveys import Names
from tests.web_in_memory import Fields, WebInMemory

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_what_proves_a_person_by_what_the_site_keeps(tmp_path: Path) -> None:
    write_site(tmp_path / "site", "Contoso", "contoso.test", Listen())
    settings = tmp_path / "site/samband.toml"

    async def said(person_sets_a_password: bool, password: str = "") -> tuple[str, str]:
        async with open_ground(tmp_path / "site", read_site(tmp_path / "site")) as ground:
            people = await ground.people.list()
            anna = people[0] if people else await ground.people.add(new_person("contoso.test", "anna", os.urandom))
            if person_sets_a_password:
                await ground.passwords.set(anna.objectGUID, "secret-1")
            identity = Identity(ground, anna, password)
            try:
                return type(identity.over_http()).__name__, identity.over_sip("contoso.test", "MD5")
            except NotTried as lacking:
                return "", str(lacking)

    assert "no password is set" in asyncio.run(said(False))[1]
    kept, given = asyncio.run(said(True)), asyncio.run(said(False, "secret-1"))
    assert kept == given and kept[0] == "Ntlm" and len(kept[1]) == 32
    text = re.sub(r"^(http|sip) = \[.*$", r'\1 = ["\1"]', settings.read_text(), flags=re.MULTILINE)
    settings.write_text(text.replace('["http"]', '["basic"]').replace('["sip"]', '["ntlm"]'))
    assert "trust.http has no ntlm" in asyncio.run(said(True))[1]
    assert asyncio.run(said(True, "secret-1"))[0] == "Basic"


def test_a_site_of_one_side_is_not_blamed_for_the_other(tmp_path: Path) -> None:
    write_site(tmp_path / "site", "Contoso", "contoso.test", Listen())
    settings = tmp_path / "site/samband.toml"
    settings.write_text(re.sub(r"^exchange = .*$", "exchange = false", settings.read_text(), flags=re.MULTILINE))

    async def checked() -> dict[str, Outcome]:
        async with open_ground(tmp_path / "site", read_site(tmp_path / "site")) as ground:
            anna = await ground.people.add(new_person("contoso.test", "anna", os.urandom))
            report = await check_site(ground, Wish())
            return {one.feature: one.outcome for one in report.people[anna.userPrincipalName]}

    assert not read_site(tmp_path / "site").roles.exchange
    found = asyncio.run(checked())
    not_tried = {feature for feature, outcome in found.items() if outcome is Outcome.NOT_TRIED}
    assert not_tried == {"OWA IM and presence", "OWA online meetings"}


def test_a_site_that_nobody_serves_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = ports.take("127.0.0.1", 0)
    write_site(tmp_path / "site", "Contoso", "contoso.test", Listen(https=port))
    assert main(["check", str(tmp_path / "site")]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == (
        "",
        f"samband: nothing answers at 127.0.0.1:{port}: run `samband serve {tmp_path}/site`, then check again\n",
    )


def test_what_comes_of_a_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "PATIENCE", 0.01)

    async def fine() -> Fine:
        return Fine("no photo is set")

    async def met() -> Fine:
        raise Met(Trouble.NO_MAIL, "mail is empty")

    async def lacking() -> Fine:
        raise NotTried("no password")

    async def slow() -> Fine:
        await asyncio.sleep(5)
        return Fine()

    found = [asyncio.run(measured("Free/busy", "anna", probe)) for probe in (fine, met, lacking, slow)]
    assert [one.outcome for one in found] == [Outcome.WORKS, Outcome.FAILS, Outcome.NOT_TRIED, Outcome.FAILS]
    assert [one.trouble for one in found] == [None, Trouble.NO_MAIL, None, Trouble.TIMEOUT]
    assert (found[0].note, found[2].why) == ("no photo is set", "no password")


class Answers(WebInMemory):
    """A web server that answers everything alike."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes = b"") -> None:
        self._answer = HttpResponse(status, headers, body)

    async def answer(self, method: str, url: str, headers: Fields, body: bytes) -> HttpResponse:
        assert method == "GET" and not body and "Authorization" not in dict(headers)
        return self._answer


def looked(server: Answers) -> list[str]:
    zone = Names({"lyncdiscover.contoso.com": "192.0.2.1", "autodiscover.contoso.com": "192.0.2.1"})
    endpoints = Endpoints(server, zone, "contoso.com", "contoso.com", NOW)
    asyncio.run(endpoints.look())
    return [one.name for one in endpoints.findings]


@pytest.mark.parametrize(("minutes", "skewed"), [(0, False), (4, False), (-4, False), (6, True), (-6, True)])
def test_clocks_that_differ(minutes: int, skewed: bool) -> None:
    date = format_datetime(NOW + timedelta(minutes=minutes), usegmt=True)
    assert looked(Answers(404, [("Date", date)])).count("clock.skew") == (2 if skewed else 0)


def test_endpoints_of_something_else() -> None:
    assert looked(Answers(404, [])) == ["lyncdiscover.broken", "autodiscover.not-found"]
    assert looked(Answers(200, [("Date", "yesterday")], b"<html>")) == [
        "lyncdiscover.broken",
        "autodiscover.no-soap",
        "oauth.no-metadata",
    ]
    assert looked(Answers(302, [("Location", "/again")])) == ["lyncdiscover.broken", "autodiscover.not-found"]


class Unpublished(Answers):
    """Discovery leads to web services, before which something lets nothing of the address book through."""

    async def answer(self, method: str, url: str, headers: Fields, body: bytes) -> HttpResponse:
        if url == f"https://lync.contoso.com{ADDRESS_BOOK}":
            return HttpResponse(404)
        return await super().answer(method, url, headers, body)


DISCOVERY = b'{"_links":{"user":{"href":"https://lync.contoso.com/user"}}}'


def test_an_address_book_that_is_not_published() -> None:
    assert "addressbook.not-published" in looked(Unpublished(200, [], DISCOVERY))
    assert "addressbook.not-published" not in looked(Answers(200, [], DISCOVERY))
    assert "addressbook.not-published" not in looked(Answers(401, [], DISCOVERY))


def test_the_address_book_of_a_site() -> None:
    def found(server: Answers) -> list[str]:
        return [one.name for one in asyncio.run(address_book_findings(server, "lync.contoso.com"))]

    assert found(Unpublished(401, [])) == ["addressbook.not-published"]
    assert found(Answers(401, [])) == []
