"""Postfix as the smarthost, and swaks as a client that submits: real programs on both ends of ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from samband.net import ports
from tests.clients.waiting import until
from tests.mail_sink import Sink, sink_in_thread
from tests.scenarios.kept_site import ADDRESS, KeptSite

needs_postfix = pytest.mark.skipif(
    shutil.which("postfix") is None or os.getuid() != 0, reason="needs Debian's postfix, and root to start it"
)
needs_swaks = pytest.mark.skipif(shutil.which("swaks") is None, reason="needs Debian's swaks")

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
myhostname = relay.test
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{sink}
smtpd_relay_restrictions = permit_mynetworks, reject
maillog_file_prefixes = {folder}
maillog_file = {folder}/log
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000 0 flush
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def postfix(sink: int) -> Iterator[int]:
    """A postfix of the test's own that hands everything on to ``sink``; its port."""
    port = ports.take(ADDRESS, 0)
    folder = Path(tempfile.mkdtemp(prefix="samband-postfix-"))
    folder.chmod(0o755)
    for name in ("etc", "spool", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    (folder / "etc/main.cf").write_text(_MAIN.format(folder=folder, sink=sink))
    (folder / "etc/master.cf").write_text(_MASTER.format(port=port))
    command = ["postfix", "-c", str(folder / "etc")]
    done = subprocess.run([*command, "start"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    try:
        yield port
    finally:
        subprocess.run([*command, "stop"], capture_output=True, timeout=60, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _swaks(site: KeptSite, *words: str) -> str:
    line = ["swaks", "--server", ADDRESS, "--port", str(site.ports["submission"]), "--tls", *words]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


@needs_postfix
@needs_swaks
def test_from_swaks_by_us_and_postfix_to_the_world(tmp_path: Path) -> None:
    with KeptSite(tmp_path / "site") as site, sink_in_thread() as sink, postfix(sink.port) as relay:
        site.add_person("alice", "pw-alice")
        settings = site.folder / "samband.toml"
        wanted = f'outbound = "smarthost"\nsmarthost = "127.0.0.1:{relay}"\nfirst_retry = 1\n'
        settings.write_text(settings.read_text().replace('outbound = "off"', wanted + "#", 1))
        site.start()
        mail = ("--from", "alice@contoso.test", "--to", "x@far.test,y@far.test", "--header", "Subject: Hello")
        assert "535 5.7.8" in _swaks(site, *mail, "--auth", "PLAIN", "-au", "alice", "-ap", "wrong")
        said = _swaks(site, *mail, "--auth", "LOGIN", "-au", "alice@contoso.test", "-ap", "pw-alice")
        assert "250 2.0.0 Message accepted" in said, said
        got = until(lambda: _everything(sink), "both recipients' mail")
        assert got == {"x@far.test", "y@far.test"}
        message = sink.kept[0].message
        assert message["Subject"] == "Hello" and "relay.test (Postfix)" in message["Received"]
        until(lambda: "nothing waits" in site.samband("queue list"), "an empty queue")
        site.stop()


def _everything(sink: Sink) -> set[str]:
    found = {one for got in sink.kept for one in got.recipients}
    return found if len(found) == 2 else set()
