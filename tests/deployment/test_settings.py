"""A site's file: what it says, and that every wrong setting is refused by its name."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from samband.deployment.network_settings import Listen, Media
from samband.deployment.setting_forms import SettingError
from samband.deployment.settings import Site
from samband.deployment.site_file import parse_site, read_site
from samband.deployment.site_template import site_text
from samband.model.failures import Failure

SMALLEST: dict[str, Any] = {"organisation": {"name": "Contoso", "domain": "contoso.test"}}

WRONG = [
    ({"organisation": {"name": "x", "domain": "a b"}}, "organisation.domain", "a domain or host name"),
    ({"organisation": {"name": "x", "domain": "*.contoso.test"}}, "organisation.domain", "a domain or host name"),
    ({"organisation": {"name": "x", "domain": "c.test", "foo": 1}}, "organisation.foo", "no such setting"),
    ({"organisation": {"name": "x"}}, "organisation.domain", "must be set"),
    ({"organisation": {"name": "x", "domain": "c.test", "time_zone": "Mars"}}, "organisation.time_zone", "an IANA"),
    ({**SMALLEST, "listen": {"https": 70000}}, "listen.https", "a port from 0 to 65535"),
    ({**SMALLEST, "listen": {"address": "here"}}, "listen.address", "an IP address"),
    ({**SMALLEST, "listen": {"https": 443, "smtp": 443}}, "listen.smtp", "listen.https has this port already"),
    ({**SMALLEST, "roles": {"exchange": False, "lync": False}}, "roles.exchange", "the mailbox side, or lync, or both"),
    ({**SMALLEST, "trust": {"http": ["ntlm", "digest"]}}, "trust.http[1]", "'basic'"),
    ({**SMALLEST, "storage": {"url": "mysql:x"}}, "storage.url", "sqlite:FILE"),
    ({**SMALLEST, "dns": {"resolver": "dns.contoso.test"}}, "dns.resolver", "ADDRESS:PORT"),
    ({**SMALLEST, "dns": {"address": "here"}}, "dns.address", "an IP address"),
    ({**SMALLEST, "oauth": {"exchange_autodiscover_url": "other"}}, "oauth.exchange_autodiscover_url", "own"),
    ({**SMALLEST, "mail": {"outbound": "smarthost"}}, "mail.smarthost", "the server that takes all mail"),
    ({**SMALLEST, "mail": {"smarthost": "a b"}}, "mail.smarthost", "HOST or HOST:PORT"),
    ({**SMALLEST, "mail": {"smarthost": "a:99999"}}, "mail.smarthost", "HOST or HOST:PORT"),
    ({**SMALLEST, "mail": {"outbound": "mx", "tls": "implicit"}}, "mail.tls", "opportunistic or required"),
    ({**SMALLEST, "mail": {"connections": 0}}, "mail.connections", "1 to 1000"),
    ({**SMALLEST, "media": {"janus": "127.0.0.1:8088"}}, "media.janus", "http://127.0.0.1:8088/janus"),
    ({**SMALLEST, "media": {"turn": ["turn.test"], "turn_secret_file": "x"}}, "media.turn", "turn:turn.example.org"),
    ({**SMALLEST, "media": {"turn": ["turn:turn.test"]}}, "media.turn_secret_file", "a file with the secret"),
    ({**SMALLEST, "registrar": {"sign_ins_per_second": -1}}, "registrar.sign_ins_per_second", "0 (no limit) or more"),
    ({**SMALLEST, "post": {}}, "post", "no such setting"),
    ({**SMALLEST, "owa": {"instant_messaging_type": "OCS"}}, "owa", "remove its section"),
    ({**SMALLEST, "oauth": {"exchange_autodiscover_url": "http://x/"}}, "oauth.exchange_autodiscover_url", "https"),
]


@pytest.mark.parametrize(("table", "name", "allowed"), WRONG)
def test_a_wrong_setting_is_named_with_what_is_allowed(table: dict[str, Any], name: str, allowed: str) -> None:
    with pytest.raises(SettingError) as refused:
        parse_site(table)
    assert refused.value.name == name
    assert allowed in str(refused.value)


def test_the_smallest_site_has_names_from_its_domain() -> None:
    site = parse_site(SMALLEST)
    assert site.host_names.lync == "lync.contoso.test"
    assert site.organisation.netbios_domain == "CONTOSO"
    assert site.listen.address == "127.0.0.1"


@pytest.mark.parametrize("listen", [Listen(), Listen(https=8443, smtp="off", sip_udp="off", http="off")])
def test_the_written_file_reads_back(tmp_path: Path, listen: Listen) -> None:
    (tmp_path / "samband.toml").write_text(site_text('The "Contoso" \\ Company', "contoso.test", listen))
    site = read_site(tmp_path)
    assert site.organisation.name == 'The "Contoso" \\ Company'
    assert site.listen == listen
    assert site.media == Media()
    assert site.listen.port("smtp") == (None if listen.smtp == "off" else listen.smtp)
    assert site.oauth.exchange_autodiscover_url == "own"


def test_what_carries_media_is_written_and_reads_back(tmp_path: Path) -> None:
    media = Media(janus="http://10.0.0.1:8088/janus", turn=("turn:t.test", "turns:t.test"), turn_secret_file="keys/t")
    (tmp_path / "samband.toml").write_text(site_text("Contoso", "contoso.test", Listen(), media=media))
    assert read_site(tmp_path).media == media


def test_the_language_of_mailboxes_is_one_we_know(tmp_path: Path) -> None:
    (tmp_path / "samband.toml").write_text(site_text("Contoso", "contoso.test", Listen(), language="da-DK"))
    assert read_site(tmp_path).organisation.language == "da-DK"
    (tmp_path / "samband.toml").write_text(site_text("Contoso", "contoso.test", Listen(), language="tlh"))
    with pytest.raises(SettingError, match=r"organisation\.language"):
        read_site(tmp_path)


def test_the_written_file_shows_every_setting() -> None:
    table = tomllib.loads(site_text("Contoso", "contoso.test", Listen()))
    assert set(table) == set(Site.__struct_fields__)


def test_a_missing_or_broken_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="samband init"):
        read_site(tmp_path)
    (tmp_path / "samband.toml").write_text("[organisation\n")
    with pytest.raises(Failure, match="not a TOML file"):
        read_site(tmp_path)
