"""`samband check` on a running demo: row one of the article's table, and what each step takes from it."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from samband.cli.folder import on_ground
from samband.cli.main import main
from samband.deployment.measured import COLUMNS
from samband.deployment.steps import FEATURES
from samband.ground import Ground
from samband.lync.actions.contacts import Contacts
from samband.model.contacts import Contact, set_contact
from samband.net import tls
from samband.net.dns_client import Change, TsigKey, update
from samband.net.sip_client import SipConnection
from samband.serve.check.sip_asker import Asker
from samband.store import photos
from tests.clients.running_demo import Demo, running_demo

FEATURE_COLUMNS = {feature: column for column, features in COLUMNS.items() for feature in features}
OWA = "OWA IM and presence"
UNDONE = {
    1: {"lync.not-found", "dns.lyncdiscover", "dns.lyncdiscoverinternal", "dns.sip-srv", "dns.sipfederationtls-srv"},
    2: {"proxyaddresses.no-sip"},
    3: {"mail.missing"},
    4: {"partner.missing"},
    5: {"owa.no-instant-messaging"},
}
"""Step -> the faults that are found without it."""


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running:
        yield running


Check = Callable[..., dict[str, Any]]


@pytest.fixture
def check(demo: Demo, capsys: pytest.CaptureFixture[str]) -> Check:
    """What a check found, by its JSON form; its status must say whether there are faults."""

    def run(*words: str) -> dict[str, Any]:
        capsys.readouterr()
        status = main(["check", demo.folder, "--json", *words])
        report: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert status == any(one["weight"] == "fault" for one in report["findings"])
        return report

    return run


@pytest.fixture
def say(demo: Demo) -> Callable[..., None]:
    """Run a command on the demo's folder."""

    def run(command: str, *words: str) -> None:
        assert main([*command.split(), demo.folder, *words]) == 0

    return run


def broken(report: dict[str, Any]) -> dict[str, set[str]]:
    """Feature -> for whom it fails."""
    found: dict[str, set[str]] = {}
    for person, measured in report["people"].items():
        for one in measured:
            assert one["outcome"] in ("works", "fails"), one
            if one["outcome"] == "fails":
                found.setdefault(one["feature"], set()).add(person)
    return found


def unsupported(report: dict[str, Any]) -> set[str]:
    return {cell["column"] for cell in report["cells"] if cell["working"] < cell["tried"]}


def names(report: dict[str, Any], weight: str = "fault") -> set[str]:
    return {one["name"] for one in report["findings"] if one["weight"] == weight}


def finding(report: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in report["findings"] if one["name"] == name)
    return found


def shown(demo: Demo, login: str, attribute: str, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(["user", "show", demo.folder, login]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    return next(line[-1] for line in lines if line and line[0].rstrip(":") == attribute)


def put_photo(demo: Demo, login: str, content: bytes | None) -> None:
    """Damage what the mailbox keeps, as a bad disk would."""

    async def put(ground: Ground) -> None:
        mailbox = (await ground.people.find(login)).msExchMailboxGuid
        blobs, kept = ground.store.blobs, {} if content is None else {648: content}
        await ground.store.write(lambda tx: photos.put(tx, blobs, mailbox, kept))

    on_ground(Path(demo.folder), put)


async def presence_of(demo: Demo, login: str, ground: Ground) -> str:
    """The PIDF document of somebody, as a known server fetches it."""
    person = await ground.people.find(login)
    pem = ground.certificates.server("owa", ["mail.contoso.test"])
    context = tls.client_context(ground.certificates.authority_file, pem)
    host, port = demo.table["sip"]["servers"].split(":")
    async with await SipConnection.open(host, int(port), "lync.contoso.test", context) as connection:
        asker = Asker(person.sip)
        request = asker.request(connection, "SUBSCRIBE", f"sip:{person.sip}").put("Event", "presence")
        address, own = connection.local
        request.put("Expires", "0").put("Accept", "application/pidf+xml").put("Contact", f"<sip:{address}:{own}>")
        assert (await connection.ask(request)).status == 200
        return (await connection.next("NOTIFY")).body.decode()


def test_row_one_for_everybody(demo: Demo, check: Check) -> None:
    report = check()
    assert report["row"] == "Lync Server 2013 only" and len(report["people"]) == 10
    assert [cell["column"] for cell in report["cells"]] == list(COLUMNS)
    assert all(cell["tried"] == cell["meant"] == 10 for cell in report["cells"])
    assert broken(report) == {} and report["findings"] == []


@pytest.mark.parametrize("number", sorted(UNDONE))
def test_a_step_undone_takes_what_the_article_names_and_done_again_brings_it_back(
    demo: Demo, check: Check, say: Callable[..., None], number: int
) -> None:
    say("step undo", str(number))
    report = check("--most", "3")
    say("step do", str(number))
    lost = {feature for feature, needs in FEATURES.items() if number in needs}
    assert broken(report) == {feature: set(report["people"]) for feature in lost}
    assert unsupported(report) == {FEATURE_COLUMNS[feature] for feature in lost if feature in FEATURE_COLUMNS}
    assert names(report) == UNDONE[number]
    assert {one["step"] for one in report["findings"]} <= {number}
    again = check("--most", "3")
    assert broken(again) == {} and again["findings"] == []


def test_step_6_is_not_for_this_site_and_takes_nothing(demo: Demo, check: Check) -> None:
    assert main(["step", "undo", demo.folder, "6"]) == 1
    assert check("--user", "alice")["findings"] == []


def test_the_mailbox_side_does_not_answer(demo: Demo, check: Check) -> None:
    secret = (Path(demo.folder) / "keys/tsig.key").read_text().strip()
    key, mail = TsigKey("samband", "hmac-sha256", secret), Change("mail.contoso.test", "A", 60, "127.0.0.1")
    asyncio.run(update(demo.table["dns"], key, [replace(mail, value="127.0.0.99")]))
    report = check("--user", "alice")
    asyncio.run(update(demo.table["dns"], key, [mail]))
    assert finding(report, "ews.unreachable")["article"] == "2298541"
    assert {"port.closed", "dns.mail"} <= names(report)
    assert {"Outlook integration", "Conversation history"} <= set(broken(report))


def test_one_person_lacks_what_others_have(demo: Demo, check: Check, say: Callable[..., None]) -> None:
    say("step undo", "3", "--user", "bob")
    report = check("--most", "4")
    say("step do", "3", "--user", "bob")
    cell = next(one for one in report["cells"] if one["column"] == "High-res contact photos")
    assert (cell["working"], cell["tried"], report["of"]) == (3, 4, 10)
    missing = finding(report, "mail.missing")
    assert (missing["article"], missing["who"]) == ("2787614", ["bob@contoso.test"])


def test_lists_in_mailboxes_with_and_without_a_way_to_them(
    demo: Demo, check: Check, say: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    say("ucs migrate", "carol")
    try:
        fine = check("--user", "carol")
        assert broken(fine) == {} and finding(fine, "ucs.old-clients")["article"] == "2757458"
        say("step undo", "4")
        down = check("--user", "carol")
        mailbox = shown(demo, "carol", "msExchMailboxGuid", capsys)
        say("user set", "carol", "msExchMailboxGuid=")
        gone = check("--user", "carol")
        say("user set", "carol", f"msExchMailboxGuid={mailbox}")
    finally:
        say("step do", "4")
        say("ucs rollback", "carol")
    assert finding(down, "ucs.unavailable")["article"] == "2811654"
    assert "Exchange connection Down" in finding(down, "ucs.unavailable")["symptom"]
    assert "no longer has" in finding(gone, "ucs.unavailable")["cause"]


def test_addresses_that_are_not_the_persons_own(demo: Demo, check: Check, say: Callable[..., None]) -> None:
    say("user set", "dave", "mail=nobody@contoso.test")
    unknown = check("--user", "dave")
    say("user set", "dave", "mail=dave@contoso.test")
    say("user set", "erin", "proxyAddresses=SMTP:erin@contoso.test", "proxyAddresses=smtp:eve@contoso.test")
    say("step do", "2", "--user", "erin")
    say("user set", "erin", "mail=eve@contoso.test")
    differ = check("--user", "erin")
    say("user set", "erin", "mail=erin@contoso.test")
    assert names(unknown) == {"autodiscover.unknown-address"}
    assert finding(unknown, "autodiscover.unknown-address")["article"] == "2787614"
    assert broken(differ) == {} and finding(differ, "addresses.differ")["article"] == "2436962"


def test_photos_of_the_directory_alone_and_people_without_a_mailbox(
    demo: Demo, check: Check, say: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (48, 48), "teal").save(tmp_path / "small.jpg")
    say("user set", "frank", f"thumbnailPhoto={tmp_path}/small.jpg")
    small = check("--user", "frank")
    say("user set", "frank", "thumbnailPhoto=")
    assert finding(small, "photos.small")["article"] == "2497721" and broken(small) == {}
    put_photo(demo, "frank", b"no picture at all")
    damaged = check("--user", "frank")
    put_photo(demo, "frank", None)
    assert finding(damaged, "photos.broken")["article"] == "2497721"
    assert set(broken(damaged)) == {"High-resolution photos"}
    monkeypatch.setattr("sys.stdin", io.StringIO("secret-1\n"))
    say("user add", "--no-mailbox", "guest")
    bare = check("--user", "guest")
    say("user remove", "guest")
    assert finding(bare, "photos.no-mailbox")["article"] == "2860366"
    assert [one["feature"] for one in bare["people"]["guest@contoso.test"]] == ["Lync sign-in and presence"]


def test_a_password_that_is_no_longer_right(demo: Demo, check: Check, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("something else\n")
    report = check("--user", "grace", "--password-file", str(file))
    assert finding(report, "ews.credentials")["article"] == "2298541"
    assert broken(report).keys() >= {"Outlook integration", "Lync sign-in and presence"}
    file.write_text(f"{demo.person('grace')['password']}\n")
    assert broken(check("--user", "grace", "--password-file", str(file))) == {}


def test_a_known_server_under_another_name(demo: Demo, check: Check, say: Callable[..., None]) -> None:
    say("application remove", "mail.contoso.test")
    say("application add", "owa.contoso.test")
    report = check("--user", "heidi")
    say("application remove", "owa.contoso.test")
    say("step do", "5")
    assert set(broken(report)) == {OWA} and names(report) == {"owa.not-trusted"}


def test_a_partner_is_missing_on_one_side(demo: Demo, check: Check, say: Callable[..., None]) -> None:
    say("partner remove", "lync", "--on", "exchange")
    report = check("--user", "ivan")
    say("partner add", "lync")
    assert set(broken(report)) == {feature for feature, needs in FEATURES.items() if 4 in needs}
    assert names(report) == {"partner.missing"}
    causes = " ".join(one["cause"] for one in report["findings"])
    assert "from Exchange to Lync: there is no partner" in causes
    assert "from Lync to Exchange: https://autodiscover.contoso.test" in causes


def test_somebody_on_a_list_who_is_no_longer_there(demo: Demo, check: Check, say: Callable[..., None]) -> None:
    async def listed(ground: Ground) -> None:
        contacts, judy = Contacts(ground.store), await ground.people.find("judy")
        known = (await contacts.get(judy)).delta
        await contacts.change(judy, known, lambda one: set_contact(one, Contact(address="gone@contoso.test")))

    on_ground(Path(demo.folder), listed)
    report = check("--user", "judy")
    unknown = finding(report, "contacts.unknown")
    assert unknown["article"] == "2435699" and "gone@contoso.test" in unknown["cause"] and broken(report) == {}


def test_nobody_appears_online_by_being_tried(demo: Demo, check: Check) -> None:
    before = on_ground(Path(demo.folder), lambda ground: presence_of(demo, "judy", ground))
    assert broken(check("--user", "judy")) == {}
    after = on_ground(Path(demo.folder), lambda ground: presence_of(demo, "judy", ground))
    assert "<basic>closed</basic>" in before and "<basic>closed</basic>" in after


def test_nothing_secret_is_printed(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", demo.folder, "--user", "alice"]) == 0
    said = capsys.readouterr().out
    assert "Supported" in said and demo.person("alice")["password"] not in said and "Bearer" not in said
