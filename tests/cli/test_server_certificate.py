"""A site whose listeners show a certificate that somebody else issued."""

from __future__ import annotations

import asyncio
import logging
import smtplib
import socket
import ssl
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from samband.cli.init import write_site
from samband.cli.main import main
from samband.deployment.network_settings import Listen
from samband.net.tls_look import is_open
from samband.trust.certificates import SiteCertificates
from tests.clients.waiting import until
from tests.scenarios.kept_site import LISTENERS, free_ports

DOMAIN = "tailspin.test"
NAMES = [f"*.{DOMAIN}"]


def bought(folder: Path) -> SiteCertificates:
    """Another authority than the site's."""
    return SiteCertificates(folder, "A Public CA", lambda: datetime.now(UTC))


def made(folder: Path, certificate: str) -> dict[str, int]:
    """A site in ``folder``; its ports."""
    ports = free_ports(listeners=LISTENERS)
    write_site(folder, "Tailspin", DOMAIN, msgspec.convert(ports, Listen))
    settings = folder / "samband.toml"
    text = settings.read_text()
    assert "# server_certificate = " in text
    settings.write_text(text.replace("# server_certificate = ", f'server_certificate = "{certificate}" # '))
    return ports


def handshake(context: ssl.SSLContext, port: int, name: str) -> str:
    """Who issued what the listener shows for ``name``, once it was checked."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        shown = secure.getpeercert() or {}
    return str(dict(pair for (pair,) in shown["issuer"])["commonName"])


def test_every_listener_shows_it(tmp_path: Path) -> None:
    authority = bought(tmp_path / "ca")
    ports = made(tmp_path / "site", str(authority.server("public", NAMES, "rsa")))
    context = ssl.create_default_context(cafile=str(authority.authority_file))
    process = subprocess.Popen([sys.executable, "-m", "samband.cli.main", "serve", str(tmp_path / "site")])
    try:
        until(lambda: asyncio.run(is_open("127.0.0.1", ports["sip_tls"], 1.0)), "the site", 60)
        for listener, name in (("https", "mail"), ("https", "meet"), ("sip_tls", "sip")):
            assert handshake(context, ports[listener], f"{name}.{DOMAIN}") == "A Public CA Samband CA"
        with smtplib.SMTP("127.0.0.1", ports["submission"], timeout=30) as mail:
            mail._host = f"mail.{DOMAIN}"  # type: ignore[attr-defined]  # the name that is checked
            mail.starttls(context=context)
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "trust.server_certificate: there is no file "),
        (b"nothing", "does not hold a certificate and its key"),
        (b"folder", "trust.server_certificate: "),
    ],
)
def test_one_that_cannot_be_used_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, why: str
) -> None:
    made(tmp_path / "site", "keys/public.pem")
    file = tmp_path / "site/keys/public.pem"
    if content == b"folder":
        file.mkdir()
    elif content is not None:
        file.write_bytes(content)
    assert main(["serve", str(tmp_path / "site")]) == 1
    said = capsys.readouterr().err
    assert why in said and str(file) in said
    assert "Traceback" not in said


def test_names_that_it_has_not_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = bought(tmp_path / "ca").server("public", ["mail.tailspin.test", "*.sip.test"])
    site = SiteCertificates(tmp_path / "keys", "Tailspin", lambda: datetime.now(UTC), file)
    with caplog.at_level(logging.WARNING):
        assert site.listener(["Mail.Tailspin.test", "a.sip.test", "127.0.0.1", "::1"]) == file
    assert caplog.records == []
    site.listener(["meet.tailspin.test", "sip.test", "a.b.sip.test"])
    (told,) = caplog.records
    assert vars(told)["names"] == ["meet.tailspin.test", "sip.test", "a.b.sip.test"]
