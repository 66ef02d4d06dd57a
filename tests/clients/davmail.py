"""DavMail without a window: a gateway from IMAP, SMTP, CalDAV and CardDAV to a demo's EWS, in a process of its own."""

from __future__ import annotations

import base64
import hashlib
import http.client
import imaplib
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from samband.net import ports
from tests.clients.running_demo import Demo
from tests.clients.waiting import until

JAR = Path("/usr/share/davmail/davmail.jar")


def missing_packages() -> str:
    """What keeps DavMail from running here, empty where nothing does."""
    return "" if JAR.exists() and shutil.which("java") else "davmail and a Java runtime are not installed"


@dataclass(frozen=True)
class Gateway:
    """A running DavMail: the ports it listens on (``dav``: CalDAV and CardDAV), and its log."""

    imap: int
    smtp: int
    dav: int
    ldap: int
    log: Path

    def ask(self, demo: Demo, name: str, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        """One DAV request of one of the demo's people: the status and the body of its answer."""
        person = demo.person(name)
        proof = base64.b64encode(f"{person['email']}:{person['password']}".encode()).decode()
        fields = {"Authorization": f"Basic {proof}", **{key.replace("_", "-"): said for key, said in headers.items()}}
        connection = http.client.HTTPConnection("127.0.0.1", self.dav, timeout=60)
        try:
            connection.request(method, path, body.encode() or None, fields)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def mailbox(self, demo: Demo, name: str) -> imaplib.IMAP4:
        """An IMAP session of one of the demo's people."""
        person = demo.person(name)
        session = imaplib.IMAP4("127.0.0.1", self.imap, timeout=60)
        session.login(person["email"], person["password"])
        return session


def _fingerprint(host: str, port: int) -> str:
    """What DavMail knows a certificate by that no authority it trusts has signed."""
    certificate = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((host, port), timeout=60))
    digest = hashlib.sha1(certificate, usedforsecurity=False).hexdigest().upper()
    return ":".join(digest[place : place + 2] for place in range(0, len(digest), 2))


def _settings(demo: Demo, folder: Path, imap: int, smtp: int, dav: int, ldap: int) -> str:
    url = urlsplit(demo.table["ews_url"])
    host, port = demo.table["hosts"].get(url.hostname, "127.0.0.1"), url.port or 443
    return "\n".join(
        (
            "davmail.server=true",
            "davmail.mode=EWS",
            f"davmail.url=https://{host}:{port}/EWS/Exchange.asmx",
            f"davmail.server.certificate.hash={_fingerprint(host, port)}",
            "davmail.bindAddress=127.0.0.1",
            f"davmail.imapPort={imap}",
            f"davmail.smtpPort={smtp}",
            f"davmail.caldavPort={dav}",
            f"davmail.ldapPort={ldap}",
            "davmail.popPort=",
            "davmail.enableKerberos=false",
            "davmail.disableUpdateCheck=true",
            "davmail.smtpSaveInSent=true",
            f"davmail.logFilePath={folder / 'davmail.log'}",
            "log4j.rootLogger=WARN",
            "log4j.logger.davmail=DEBUG",
            "",
        )
    )


@contextmanager
def davmail(demo: Demo) -> Iterator[Gateway]:
    """A DavMail in front of ``demo``; it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="samband-davmail-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        imap, smtp, dav, ldap = (ports.take("127.0.0.1", 0) for _ in range(4))
        (folder / "davmail.properties").write_text(_settings(demo, folder, imap, smtp, dav, ldap))
        command = ["java", "-Djava.awt.headless=true", f"-Duser.home={name}", "-Xmx128m", "-jar", str(JAR), "-server"]
        with (folder / "out").open("wb") as out:
            process = subprocess.Popen([*command, str(folder / "davmail.properties")], stdout=out, stderr=out)
        try:
            until(lambda: _listens(imap) and _listens(smtp), "DavMail")
            yield Gateway(imap, smtp, dav, ldap, folder / "davmail.log")
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
