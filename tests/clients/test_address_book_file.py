"""The whole address book as a file: curl fetches it, signed in as people are, and Evolution's library reads it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.running_demo import Demo
from tests.lync.web.strict_vcards import read

_PYTHON = "/usr/bin/python3"
_CHILD = Path(__file__).with_name("vcards_child.py")
_LIBRARY = "EBookContacts-1.2.typelib"
pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="needs Debian's curl")


def _reads_vcards() -> bool:
    return any((one / "girepository-1.0" / _LIBRARY).exists() for one in Path("/usr/lib").glob("*-linux-gnu"))


def curl(demo: Demo, target: Path, *words: str) -> tuple[int, str]:
    """Fetch the file into ``target``: the last status, and its content coding."""
    host = demo.table["web_url"].removeprefix("https://")
    line = ["curl", "-s", "-o", str(target), "-w", "%{http_code} %header{content-encoding}", "--max-time", "60"]
    line += ["--cacert", demo.table["ca_file"], "--resolve", f"{host}:443:{demo.table['hosts'][host]}", *words]
    line.append(f"https://{host}/abs/handler/address-book.vcf")
    done = subprocess.run(line, capture_output=True, text=True, timeout=90, check=True)
    status, _, coding = done.stdout.partition(" ")
    return int(status), coding.strip()


def proof(demo: Demo, name: str) -> tuple[str, str]:
    person = demo.person(name)
    return "-u", f"{person['login']}:{person['password']}"


def test_curl_fetches_it(standard_demo: Demo, tmp_path: Path) -> None:
    plain, packed, again = (tmp_path / name for name in ("plain.vcf", "packed.vcf", "again.vcf"))
    assert curl(standard_demo, plain)[0] == 401
    assert curl(standard_demo, plain, "--ntlm", "-u", "ivan:wrong")[0] == 401
    alice = proof(standard_demo, "alice")
    assert curl(standard_demo, plain, "--ntlm", *alice) == (200, "")
    tag = str(tmp_path / "tag")
    assert curl(standard_demo, packed, "--basic", *alice, "--compressed", "--etag-save", tag) == (200, "gzip")
    assert packed.read_bytes() == plain.read_bytes()
    assert curl(standard_demo, again, "--ntlm", *alice, "--compressed", "--etag-compare", tag)[0] == 304
    assert not again.exists() or again.read_bytes() == b""
    found = {card.text("FN"): card for card in read(plain.read_bytes())}
    assert found["Bob Brown"].one("IMPP") == "sip:bob@contoso.test"
    assert found["Bob Brown"].text("TITLE") == "Head of Sales"


def test_the_command_line_writes_the_same(standard_demo: Demo, tmp_path: Path) -> None:
    fetched, written = tmp_path / "fetched.vcf", tmp_path / "written.vcf"
    assert curl(standard_demo, fetched, "--ntlm", *proof(standard_demo, "alice"))[0] == 200
    said = standard_demo.samband("export", "address-book", standard_demo.folder, str(written))
    assert written.read_bytes() == fetched.read_bytes()
    cards = read(written.read_bytes())
    groups = sum("KIND" in card.values for card in cards)
    assert said == f"{written}: cards of {len(cards) - groups} people and of {groups} groups\n"


@pytest.mark.skipif(not _reads_vcards(), reason="needs Debian's python3-gi and gir1.2-ebook-1.2")
def test_evolution_s_library_reads_it(standard_demo: Demo, tmp_path: Path) -> None:
    target = tmp_path / "book.vcf"
    assert curl(standard_demo, target, "--ntlm", *proof(standard_demo, "alice"))[0] == 200
    done = subprocess.run([_PYTHON, str(_CHILD), str(target)], capture_output=True, check=True, timeout=60)
    cards = [dict(card) for card in json.loads(done.stdout)]
    assert len(cards) == len(read(target.read_bytes()))
    bob = next(card for card in cards if card["FN"] == ["Bob Brown"])
    assert bob["N"][:2] == ["Brown", "Bob"]
    assert bob["EMAIL"] == ["bob@contoso.test"]
    assert bob["TEL"] == ["tel:+4685550102"]
