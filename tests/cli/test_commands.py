"""The command line as a person types it: what it prints, what it refuses, and how it ends."""

import io
import json
import os
import re
import signal
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from samband.cli.main import main
from samband.net.only_server import only_server
from tests.clients.running_demo import running_demo
from tests.lync.web.strict_vcards import read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "site"
    assert main(["init", str(made), "--domain", "contoso.test", "--name", "Contoso"]) == 0
    return made


def _add(folder: Path, login: str, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO("secret-1\n"))
    return main(["user", "add", str(folder), login, *words])


def _said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) == 0
    return capsys.readouterr().out


def _refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) == 1
    found = capsys.readouterr()
    assert "Traceback" not in found.err
    return found.err


def test_keys_are_private(folder: Path) -> None:
    assert folder.stat().st_mode & 0o077 == 0
    for key in ("ca.pem",):
        assert (folder / "keys" / key).stat().st_mode & 0o077 == 0


def test_a_site_is_not_made_twice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "already" in _refused(capsys, "init", str(folder), "--domain", "other.test")
    assert "samband init" in _refused(capsys, "serve", str(folder / "nowhere"))


def test_people_are_added_shown_changed_and_removed(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _add(folder, "anna", monkeypatch, "--name", "Anna Berg") == 0
    shown = _said(capsys, "user", "show", str(folder), "anna")
    assert "mail: anna@contoso.test" in shown
    assert "proxyAddresses: sip:anna@contoso.test" in shown
    assert "secret" not in shown
    _said(capsys, "user", "set", str(folder), "anna", "mail=", "title=Director")
    shown = _said(capsys, "user", "show", str(folder), "anna")
    assert "\nmail:" not in shown
    assert "title: Director" in shown
    assert "anna@contoso.test" in _said(capsys, "user", "list", str(folder))
    assert "belongs to Anna Berg" in _twice(folder, capsys, monkeypatch)
    assert "mailNickname" in _refused(capsys, "user", "set", str(folder), "anna", "mailNickname=a")
    _said(capsys, "user", "remove", str(folder), "anna")
    assert "no person" in _refused(capsys, "user", "show", str(folder), "anna")


def test_groups_are_added_filled_shown_and_removed(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _add(folder, "anna", monkeypatch, "--name", "Anna Berg")
    _add(folder, "bo", monkeypatch)
    where = str(folder)
    assert "<sales@contoso.test>" in _said(capsys, "group", "add", where, "sales", "--name", "All of Sales")
    _said(capsys, "group", "add", where, "everyone")
    assert "has 2 members" in _said(capsys, "group", "member", where, "sales", "--add", "anna", "bo@contoso.test")
    assert "has 1 member\n" in _said(capsys, "group", "member", where, "everyone", "--add", "sales")
    assert "member: anna Anna Berg" in _said(capsys, "group", "show", where, "sales")
    assert "member: sales All of Sales (group)" in _said(capsys, "group", "show", where, "everyone")
    assert "has 1 member\n" in _said(capsys, "group", "member", where, "sales", "--remove", "bo")
    assert "not a member" in _refused(capsys, "group", "member", where, "sales", "--remove", "bo")
    assert "no person or group" in _refused(capsys, "group", "member", where, "sales", "--add", "zoe")
    assert "is taken" in _refused(capsys, "group", "add", where, "anna")
    assert "mail must be" in _refused(capsys, "group", "add", where, "x", "--mail", "nowhere")
    _said(capsys, "user", "remove", where, "anna")
    assert _said(capsys, "group", "show", where, "sales").count("member:") == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("secret-1\n"))
    assert "belongs to the group All of Sales" in _refused(capsys, "user", "add", where, "sales")
    _said(capsys, "group", "remove", where, "sales")
    assert "sales" not in _said(capsys, "group", "list", where)
    assert "no group sales" in _refused(capsys, "group", "show", where, "sales")


def test_the_address_book_becomes_a_file(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("anna", "bo", "carl"):
        _add(folder, name, monkeypatch)
    where, book = str(folder), folder / "book.vcf"
    _said(capsys, "user", "set", where, "bo", "msExchHideFromAddressLists=TRUE")
    _said(capsys, "group", "add", where, "sales")
    _said(capsys, "group", "member", where, "sales", "--add", "anna", "bo")
    assert "of 2 people and of 1 groups" in _said(capsys, "export", "address-book", where, str(book))
    anna, carl, sales = read(book.read_bytes())
    assert (carl.text("FN"), sales.values["MEMBER"]) == ("Carl", anna.values["UID"])
    assert "nowhere" in _refused(capsys, "export", "address-book", where, str(folder / "nowhere" / "book.vcf"))


def test_rights_are_given_listed_and_taken(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _add(folder, "anna", monkeypatch)
    _add(folder, "bo", monkeypatch)
    where = str(folder)
    _said(capsys, "group", "add", where, "sales")
    assert "over all mailboxes" in _said(capsys, "right", "give", where, "ApplicationImpersonation", "lync")
    assert "anna has MailboxSearch" in _said(capsys, "right", "give", where, "mailbox search", "anna")
    assert "of sales" in _said(capsys, "right", "give", where, "FullAccess", "bo", "--over", "sales")
    _said(capsys, "right", "give", where, "FullAccess", "bo", "--over", "sales")
    listed = _said(capsys, "right", "list", where)
    assert "00000004-0000-0ff1-ce00-000000000000" in listed and listed.count("\n") == 3
    assert "there are" in _refused(capsys, "right", "give", where, "Everything", "anna")
    assert "no person, group or partner" in _refused(capsys, "right", "give", where, "SendAs", "zoe")
    assert "no person or group" in _refused(capsys, "right", "give", where, "SendAs", "bo", "--over", "zoe")
    assert "was not given" in _refused(capsys, "right", "take", where, "FullAccess", "bo")
    assert "no longer" in _said(capsys, "right", "take", where, "FullAccess", "bo", "--over", "sales")
    _said(capsys, "user", "remove", where, "anna")
    assert _said(capsys, "right", "list", where).count("\n") == 1


def _twice(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    capsys.readouterr()
    assert _add(folder, "anna", monkeypatch) == 1
    return capsys.readouterr().err


def test_status_says_which_step_is_missing_and_for_whom(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _add(folder, "anna", monkeypatch)
    _add(folder, "bo", monkeypatch)
    before = _said(capsys, "status", str(folder))
    assert "[x] 2" in before and "[x] 3" in before and "[x] 4" in before and "[ ] 5" in before and "[-] 6" in before
    assert "Calendar in presence     on" in before
    _said(capsys, "user", "set", str(folder), "anna", "mail=")
    after = _said(capsys, "status", str(folder))
    assert "[/] 3" in after
    assert "anna@contoso.test: mail is empty" in after
    assert "mail is empty (step 3)" in _said(capsys, "status", str(folder), "--user", "anna")
    assert "off: mail" not in _said(capsys, "status", str(folder), "--user", "bo")
    _said(capsys, "user", "set", str(folder), "bo", "proxyAddresses=SMTP:bo@contoso.test")
    assert "no sip: address in proxyAddresses" in _said(capsys, "status", str(folder))
    _said(capsys, "partner", "remove", str(folder), "lync")
    assert "Exchange has no partner application for Lync" in _said(capsys, "status", str(folder))


def test_partners_are_listed_removed_and_added(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = _said(capsys, "partner", "list", str(folder))
    assert "00000004-0000-0ff1-ce00-000000000000@contoso.test" in listed
    assert "00000002-0000-0ff1-ce00-000000000000@*" in listed
    assert "exchange no longer trusts lync" in _said(capsys, "partner", "remove", str(folder), "lync")
    assert "no side has a partner" in _refused(capsys, "partner", "remove", str(folder), "lync")
    assert "exchange trusts 00000004" in _said(capsys, "partner", "add", str(folder), "lync")
    assert _said(capsys, "partner", "list", str(folder)) == listed


def test_the_demo_says_everything_in_one_line_and_leaves_nothing() -> None:
    with running_demo("--ports", "free") as demo:
        table = demo.table
        assert set(table) >= {
            "domain", "ca_file", "ews_url", "autodiscover_url", "web_url", "smtp", "submission", "submissions",
            "sip", "hosts", "srv", "people",
        }  # fmt: skip
        assert table["domain"] == "contoso.test"
        assert set(table["sip"]) == {"tcp", "tls", "udp", "servers"}
        assert table["srv"]["_sipinternaltls._tcp.contoso.test"]["target"] == "sip.contoso.test"
        alice = demo.person("alice")
        assert alice["login"] == "CONTOSO\\alice"
        assert set(alice) == {"name", "login", "upn", "email", "sip", "password"}
        assert len(table["people"]) >= 5
        assert Path(table["ca_file"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
        demo.process.send_signal(signal.SIGTERM)
        assert demo.process.wait(60) == 0
        assert demo.process.stdout is not None
        assert demo.process.stdout.read() == "", "one line and no more"
    assert not Path(demo.folder).exists()
    assert json.dumps(table)


def test_what_is_kept_is_private_also_in_a_folder_that_was_open(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    assert main(["init", str(folder), "--domain", "contoso.test"]) == 0
    for name in ("samband.toml", "samband.db", "blobs", "keys", "keys/ca.pem"):
        assert (folder / name).stat().st_mode & 0o077 == 0, name


def _with_storage(folder: Path, url: str) -> None:
    settings = folder / "samband.toml"
    settings.write_text(re.sub("^url = .*$", f'url = "{url}"', settings.read_text(), flags=re.MULTILINE))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:/proc/nowhere/samband.db", "cannot open /proc/nowhere/samband.db"),
        ("sqlite:samband.toml", "cannot open"),
        ("postgresql://samband:opensesame@127.0.0.1:1/samband", "cannot open the PostgreSQL database"),
        ("postgresql://samband:opensesame@127.0.0.1:port/x", "cannot open the PostgreSQL database"),
        ("postgresql://samband:opensesame@[::1/samband", "cannot open the PostgreSQL database"),
        ("postgres+x://samband:opensesame@db/samband", "storage.url = 'postgres+x://samband:***@db/samband'"),
    ],
)
def test_a_store_that_cannot_be_opened_is_one_sentence_without_its_password(
    folder: Path, capsys: pytest.CaptureFixture[str], url: str, said: str
) -> None:
    _with_storage(folder, url)
    for command in (("serve",), ("user", "list")):
        refused = _refused(capsys, *command, str(folder))
        assert refused.count("\n") == 1
        assert said in refused
        assert "opensesame" not in refused


def test_a_store_of_a_later_version_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(folder / "samband.db")) as database:
        database.execute("INSERT INTO migrations (name) VALUES ('9999_later.sql')")
        database.commit()
    assert "later version of Samband: it has 9999_later.sql" in _refused(capsys, "serve", str(folder))


def test_a_site_whose_store_cannot_be_made_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("init", str(tmp_path / "site"), "--domain", "contoso.test")
    assert "cannot open" in _refused(capsys, *words, "--storage", "sqlite:/proc/nowhere/samband.db")
    assert main(list(words)) == 0


def test_a_password_that_cannot_be_kept_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for password, said in (("\n", "no password was given"), ("x" * 1025 + "\n", "1024 characters at most")):
        monkeypatch.setattr("sys.stdin", io.StringIO(password))
        assert said in _refused(capsys, "user", "add", str(folder), "anna")
    assert _said(capsys, "user", "list", str(folder)) == ""


def test_a_damaged_authority_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "keys" / "ca.pem").write_text("nothing")
    assert f"{folder}/keys/ca.pem does not hold a certificate and its key" in _refused(capsys, "serve", str(folder))


def test_a_folder_is_served_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with only_server(folder):
        assert f"served already, by process {os.getpid()}" in _refused(capsys, "serve", str(folder))
    with only_server(folder):
        pass


def test_a_port_in_use_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 18443))
        taken.listen()
        refused = _refused(capsys, "demo")
        assert "127.0.0.1:18443 is in use by another program; --ports free takes whichever are free" in refused


def test_rooms_are_added_listed_and_told_what_to_accept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = str(folder)
    assert main(["group", "add", site, "house1", "--name", "House 1", "--room-list"]) == 0
    assert main(["group", "add", site, "staff"]) == 0
    assert "msExchRecipientTypeDetails: 268435456" in _said(capsys, "group", "show", site, "house1")
    said = _said(capsys, "room", "add", site, "aula", "--name", "Aula", "--capacity", "40", "--list", "house1")
    assert said == "added Aula <aula@contoso.test>\n"
    assert main(["room", "add", site, "beamer", "--equipment"]) == 0
    assert "no list of rooms" in _refused(capsys, "room", "add", site, "hall", "--list", "staff")
    assert [line.split() for line in _said(capsys, "room", "list", site).splitlines()] == [
        ["aula", "Aula", "aula@contoso.test", "room", "40", "people"],
        ["beamer", "Beamer", "beamer@contoso.test", "equipment"],
    ]
    shown = _said(capsys, "user", "show", site, "aula")
    assert "accountEnabled: FALSE\n" in shown and "msExchRecipientDisplayType: 7\n" in shown
    assert "msExchResourceMetaData: ResourceType:Room\n" in shown and "msExchResourceCapacity: 40\n" in shown
    assert "member: aula Aula" in _said(capsys, "group", "show", site, "house1")
    words = ("room", "policy", site, "aula", "AllBookInPolicy=false", "BookInPolicy=staff@contoso.test")
    assert "BookInPolicy: staff@contoso.test\n" in _said(capsys, *words)
    assert "AllBookInPolicy: False\n" in _said(capsys, "room", "policy", site, "aula")
    assert "PARAMETER=VALUE" in _refused(capsys, "room", "policy", site, "aula", "AllowConflicts")
    assert main(["room", "remove", site, "beamer"]) == 0
    assert "beamer" not in _said(capsys, "room", "list", site)


def test_when_a_password_expires_is_shown(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _add(folder, "anna", monkeypatch) == 0
    assert "passwordExpires" not in _said(capsys, "user", "show", str(folder), "anna")
    settings = folder / "samband.toml"
    settings.write_text(settings.read_text().replace("maximum_age_days = 0", "maximum_age_days = 42"))
    assert re.search(
        r"^passwordExpires: \d{4}-\d\d-\d\d \d\d:\d\d UTC$",
        _said(capsys, "user", "show", str(folder), "anna"),
        re.MULTILINE,
    )
    settings.write_text(settings.read_text().replace("maximum_age_days = 42", "maximum_age_days = -1"))
    assert "maximum_age_days" in _refused(capsys, "user", "show", str(folder), "anna")


def test_somebody_is_signed_out(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _add(folder, "anna", monkeypatch, "--name", "Anna Berg") == 0
    said = _said(capsys, "user", "sign-out", str(folder), "anna")
    assert said == "Anna Berg is signed out; 0 client certificates are void\n"
    assert "berta" in _refused(capsys, "user", "sign-out", str(folder), "berta")


def test_an_archive_is_enabled_disabled_and_had_back(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = str(folder)
    assert _add(folder, "anna", monkeypatch, "--name", "Anna Berg") == 0
    assert "anna has no archive" in _refused(capsys, "user", "archive", site, "anna", "--disable")
    assert _said(capsys, "user", "archive", site, "anna", "--enable") == "Anna Berg has an archive\n"
    before = re.search("msExchArchiveGUID: (.*)", _said(capsys, "user", "show", site, "anna"))
    assert before is not None
    assert "has an archive already" in _refused(capsys, "user", "archive", site, "anna", "--enable")
    assert _said(capsys, "user", "archive", site, "anna", "--disable") == "Anna Berg has no archive\n"
    assert f"msExchDisabledArchiveGUID: {before[1]}" in _said(capsys, "user", "show", site, "anna")
    assert main(["user", "archive", site, "anna", "--enable"]) == 0
    assert f"msExchArchiveGUID: {before[1]}" in _said(capsys, "user", "show", site, "anna")


def test_the_version_says_what_reads_sip(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert re.fullmatch(r"samband [0-9.]+; SIP is read in (C|Python \(.+\))", said)
