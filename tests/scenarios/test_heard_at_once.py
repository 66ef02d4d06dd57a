"""What the command line changed holds when it ends: the server has heard by then, however seldom it looks by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.ews_session import PATH, EwsSession, T, envelope
from tests.scenarios.hostile import tokens
from tests.scenarios.kept_site import ADDRESS, KeptSite

_SELDOM = """
import sys
from functools import partial
from samband import ground
from samband.cli.main import main
ground.follow = partial(ground.follow, interval=3600)
sys.exit(main())
"""
"""A server that looks for what others wrote once an hour."""
_INBOX = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>"
    '<t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'
)
_GROUP = "<m:ExpandDL><m:Mailbox><t:EmailAddress>sales@contoso.test</t:EmailAddress></m:Mailbox></m:ExpandDL>"
_OF_ALICE = _INBOX.replace(
    '"inbox"/>',
    '"inbox"><t:Mailbox><t:EmailAddress>alice@contoso.test</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>',
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[KeptSite]:
    """Served, and alice is in it."""
    # The name of a socket has 108 bytes.
    with KeptSite(tmp_path / ("of-a-long-name-" * 8)) as made:
        made.program = ("-c", _SELDOM)
        made.add_person("alice", "pw-alice")
        made.start()
        yield made


def _session(site: KeptSite, login: str, password: str = "") -> EwsSession:
    return EwsSession((ADDRESS, site.ports["https"]), site.ca_file, login, password or f"pw-{login}")


def _status(site: KeptSite, login: str, password: str = "") -> int:
    with _session(site, login, password) as session:
        return session.send(PATH, envelope(_INBOX))[0]


def _token_status(site: KeptSite, token: str) -> int:
    with _session(site, "nobody") as session:
        return session.send(PATH, envelope(_INBOX), Authorization=f"Bearer {token}")[0]


def test_whatever_is_changed_holds_when_the_command_ends(site: KeptSite) -> None:
    assert _status(site, "bob") == 401
    site.add_person("bob", "pw-bob")
    assert _status(site, "bob") == 200
    site.samband("user password", "bob", standard_input="another-1\n")
    assert (_status(site, "bob"), _status(site, "bob", "another-1")) == (401, 200)
    site.samband("group add", "sales")
    site.samband("group member", "sales", "--add", "bob")
    with _session(site, "alice") as session:
        assert [one.text for one in session.ask(_GROUP).iter(T + "EmailAddress")] == ["bob@contoso.test"]
    with _session(site, "bob", "another-1") as session:
        assert b"NoError" not in session.post(_OF_ALICE)
        site.samband("right give", "FullAccess", "bob", "--over", "alice")
        assert b"NoError" in session.post(_OF_ALICE)
    token = tokens.forgers(site.folder)["EWS"].honest()
    assert _token_status(site, token) == 200
    site.samband("partner remove", "lync")
    assert _token_status(site, token) == 401


def test_the_next_server_hears_too(site: KeptSite) -> None:
    site.kill()
    assert (site.folder / "serving.sock").is_socket()
    site.add_person("bob", "pw-bob")
    site.start()
    site.add_person("carol", "pw-carol")
    assert (_status(site, "bob"), _status(site, "carol")) == (200, 200)
    site.stop()
    assert not (site.folder / "serving.sock").exists()
    assert "Traceback" not in site.log
