"""A site on PostgreSQL as on SQLite: made by the command line, served, found again by the next server."""

from __future__ import annotations

from pathlib import Path

import requests
from requests_ntlm import HttpNtlmAuth

from tests.clients.waiting import until
from tests.scenarios.ews_session import PATH, EwsSession, T, envelope
from tests.scenarios.hostile import tokens
from tests.scenarios.kept_site import ADDRESS, KeptSite
from tests.store.postgresql import PostgresServer

INBOX = (
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:ParentFolderIds>'
    '<t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>'
)
MAIL = (
    '<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:Items><t:Message><t:Subject>{}</t:Subject><t:ToRecipients>'
    "<t:Mailbox><t:EmailAddress>sales@contoso.test</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message></m:Items>"
    "</m:CreateItem>"
)


def _session(site: KeptSite, login: str) -> EwsSession:
    return EwsSession((ADDRESS, site.ports["https"]), site.ca_file, f"CONTOSO\\{login}", f"pw-{login}")


def _subjects(site: KeptSite, login: str) -> list[str]:
    with _session(site, login) as session:
        return sorted(str(one.text) for one in session.ask(INBOX).iter(T + "Subject"))


def _members(site: KeptSite) -> list[str]:
    """The addresses in the group, as the server knows it."""
    asked = "<m:ExpandDL><m:Mailbox><t:EmailAddress>sales@contoso.test</t:EmailAddress></m:Mailbox></m:ExpandDL>"
    with _session(site, "alice") as session:
        return [str(one.text) for one in session.ask(asked).iter(T + "EmailAddress")]


def _send(site: KeptSite, subject: str) -> None:
    with _session(site, "alice") as session:
        session.ask(MAIL.format(subject))


def _status(site: KeptSite, **headers: str) -> int:
    """What a request for bob's inbox over a connection of its own is answered."""
    url = f"https://{ADDRESS}:{site.ports['https']}{PATH}"
    auth = None if headers else HttpNtlmAuth("CONTOSO\\bob", "pw-bob")
    fields = {"Content-Type": "text/xml; charset=utf-8", "Host": "mail.contoso.test", **headers}
    return requests.post(
        url, envelope(INBOX), headers=fields, auth=auth, verify=str(site.ca_file), timeout=60
    ).status_code


def test_a_site_on_postgresql(postgresql: PostgresServer, tmp_path: Path) -> None:
    with KeptSite(tmp_path / "site", postgresql.new_schema()) as site:
        assert not (site.folder / "samband.db").exists()
        for login in ("alice", "bob"):
            site.add_person(login, f"pw-{login}")
        site.samband("group add", "sales")
        site.samband("group member", "sales", "--add", "bob")
        assert "exchange   trusts lync" in site.samband("partner list")
        site.start()
        _send(site, "first")
        assert _subjects(site, "bob") == ["first"]
        assert _status(site) == 200
        token = tokens.forgers(site.folder)["EWS"].honest()
        assert _status(site, Authorization=f"Bearer {token}") == 200
        # The server hears of what another process wrote.
        site.add_person("carol", "pw-carol")
        site.samband("group member", "sales", "--add", "carol", "--remove", "bob")
        site.samband("partner remove", "lync")
        until(lambda: _status(site, Authorization=f"Bearer {token}") == 401, "the partner's removal")
        until(lambda: "carol@contoso.test" in _members(site), "the group's change")
        _send(site, "second")
        assert _subjects(site, "carol") == ["second"]
        postgresql.disconnect_everyone()
        _send(site, "third")
        site.stop()
        site.start()
        assert _subjects(site, "carol") == ["second", "third"]
        assert _subjects(site, "bob") == ["first"]
        site.stop()
        assert "Traceback" not in site.log
