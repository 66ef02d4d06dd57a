"""Step 1 with servers and clients of others: Knot DNS takes the records, its tools ask and change the demo's own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from samband.net import ports
from tests.clients.running_demo import Demo, running_demo

KNOT = shutil.which("knotd") and shutil.which("kdig") and shutil.which("knsupdate")
needs_knot = pytest.mark.skipif(not KNOT, reason="needs knot and knot-dnsutils (Debian packages)")
SECRET = "a25vdCBrbm90IGtub3Qga25vdCBrbm90IGtub3QhISE="


def samband(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "samband.cli.main", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running:
        yield running


@pytest.fixture
def knot(tmp_path: Path) -> Iterator[int]:
    """Knot DNS with an empty zone that takes signed updates; its port."""
    port = ports.take("127.0.0.1", 0, ports.TCP + ports.UDP)
    (tmp_path / "contoso.test.zone").write_text("@ 60 SOA ns hostmaster 1 60 60 60 60\n@ 60 NS ns\nns 60 A 127.0.0.1\n")
    (tmp_path / "knot.conf").write_text(f"""
server:
  listen: 127.0.0.1@{port}
  rundir: {tmp_path}
database:
  storage: {tmp_path}
key:
  - id: samband
    algorithm: hmac-sha256
    secret: {SECRET}
acl:
  - id: update
    key: samband
    action: update
zone:
  - domain: contoso.test
    file: contoso.test.zone
    storage: {tmp_path}
    acl: update
""")
    process = subprocess.Popen(["knotd", "-c", str(tmp_path / "knot.conf")], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if "NOERROR" in ask(port, "contoso.test", "SOA"):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(60)


def ask(port: int, name: str, kind: str) -> str:
    command = ["kdig", "@127.0.0.1", "-p", str(port), "+time=10", "+retry=0", name, kind]
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout


@needs_knot
def test_knot_takes_the_records_and_gives_them_up(knot: int, tmp_path: Path) -> None:
    site = tmp_path / "site"
    assert samband("init", str(site), "--domain", "contoso.test").returncode == 0
    settings = (site / "samband.toml").read_text()
    settings = settings.replace('resolver = ""', f'resolver = "127.0.0.1:{knot}"')
    settings = settings.replace('update_server = ""', f'update_server = "127.0.0.1:{knot}"')
    (site / "samband.toml").write_text(settings)
    refused = samband("dns", "publish", str(site))
    assert refused.returncode == 1
    assert "key" in refused.stderr or "NOTAUTH" in refused.stderr
    (site / "keys" / "tsig.key").write_text(SECRET)

    before = samband("dns", "check", str(site))
    assert before.returncode == 1
    assert "lyncdiscover.contoso.test A: there is no such record" in before.stdout
    assert samband("dns", "publish", str(site)).stdout == "published the records of contoso.test\n"
    after = samband("dns", "check", str(site))
    assert (after.returncode, "wrong" in after.stdout) == (0, False), after.stdout
    assert "0 0 5061 sip.contoso.test." in ask(knot, "_sipfederationtls._tcp.contoso.test", "SRV")

    assert samband("dns", "withdraw", str(site)).returncode == 0
    assert "NXDOMAIN" in ask(knot, "lyncdiscover.contoso.test", "A")
    assert "127.0.0.1" in ask(knot, "ns.contoso.test", "A")


def test_the_demo_answers_for_its_names_until_they_are_withdrawn(demo: Demo) -> None:
    checked = samband("dns", "check", demo.folder)
    assert checked.returncode == 0, checked.stdout
    assert samband("dns", "withdraw", demo.folder).returncode == 0
    try:
        gone = samband("dns", "check", demo.folder)
        assert gone.returncode == 1
        assert "KB 2565604" in gone.stdout
        status = samband("status", demo.folder).stdout
        assert "lyncdiscoverinternal.contoso.test is known to this site, but does not resolve" in status
    finally:
        assert samband("dns", "publish", demo.folder).returncode == 0
    assert samband("dns", "check", demo.folder).returncode == 0


@needs_knot
def test_nsupdate_changes_the_demos_zone(demo: Demo) -> None:
    port = demo.table["dns"].rpartition(":")[2]
    secret = (Path(demo.folder) / "keys" / "tsig.key").read_text().strip()
    script = "zone contoso.test.\nadd extra.contoso.test. 60 A 192.0.2.5\nsend\n"
    for key, there in ((SECRET, False), (secret, True)):
        words = ["knsupdate", "-y", f"hmac-sha256:samband:{key}"]
        subprocess.run(words, input=f"server 127.0.0.1 {port}\n{script}", text=True, capture_output=True, timeout=60)
        assert ("192.0.2.5" in ask(int(port), "extra.contoso.test", "A")) is there
