"""What docs/testing-clients.md tells to copy is run as it stands there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from samband.net import ports
from tests.clients.running_demo import Demo, running_demo
from tests.clients.waiting import until

DOCUMENT = Path(__file__).parents[2] / "docs" / "testing-clients.md"
needs_jq = pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="needs Debian's jq and curl")


def examples(section: str) -> str:
    """Everything that is set apart in a section, as it is copied."""
    text = DOCUMENT.read_text().partition(f"\n## {section}")[2].partition("\n## ")[0]
    lines = [line[4:] for line in text.splitlines()[1:] if line.startswith("    ") or not line]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def steps() -> list[str]:
    """The commands of the pipeline, step by step."""
    found = re.findall(r"^- run: (?:\|\n((?:    .*\n)+)|(.*)\n)", examples("A pipeline"), re.MULTILINE)
    return [block or line for block, line in found]


def shell(words: str, folder: Path, **environment: str) -> str:
    """What bash prints of it, which must go well."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, **environment}
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    return run.stdout


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free", "--seed", "people") as running:
        yield running


@pytest.fixture
def folder(demo: Demo, tmp_path: Path) -> Path:
    """Where the demo's line is kept, and the way to the tests is that of this folder."""
    (tmp_path / "demo.json").write_text(json.dumps(demo.table))
    (tmp_path / "tests").symlink_to(DOCUMENT.parents[1] / "tests")
    return tmp_path


@needs_jq
def test_faults(demo: Demo, folder: Path) -> None:
    words = examples("Faults on demand")
    said = [json.loads(line) for line in shell(words, folder).splitlines()]
    asked = [json.loads(one) for one in re.findall(r"^fault '(.*)'", words, re.MULTILINE)]
    assert len(asked) > 15
    waiting = []
    for fault, answer in zip(asked, said[-len(asked) :], strict=True):
        if "now" in fault:
            assert answer["title"] == "NotSignedIn"
        else:
            waiting.append({**fault, "struck": 0})
            assert answer == waiting
    assert demo.faults() == waiting
    demo.faults("DELETE")


@needs_jq
@pytest.mark.skipif(not all(map(shutil.which, ("swaks", "sipp", "openssl"))), reason="needs swaks, sipp and openssl")
def test_by_hand(demo: Demo, folder: Path) -> None:
    commands = examples("By hand").rpartition("<sip:alice@")[0]
    # Beside other tests the usual port of SIP is not free.
    words = re.sub("-t t1", lambda _: f"-t t1 -i 127.0.0.1 -p {ports.take('127.0.0.1', 0)}", commands)
    (folder / "users.csv").write_text("SEQUENTIAL\nalice;[authentication username=alice password=Passw0rd-alice];r1\n")
    said = shell(words, folder)
    for one in ("Verification: OK", "250 2.0.0 Message accepted"):
        assert one in said
    assert len(re.findall(r"Successful call +\|[^|]+\| +1 ", said)) == 2
    assert [one["struck"] for one in demo.faults()] == [1]
    demo.faults("DELETE")


@needs_jq
@pytest.mark.timeout(300)
def test_a_fixture_and_a_pipeline(tmp_path: Path) -> None:
    """The pipeline with the example for pytest as its tests; ``sudo`` is one that changes no machine."""
    (tmp_path / "test_example.py").write_text(examples("pytest"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sudo").write_text('#!/bin/sh\ncat > "$GITHUB_ENV.hosts"\n')
    (tmp_path / "bin" / "sudo").chmod(0o700)
    told = tmp_path / "environment"
    _install, start, test, log, stop = steps()
    path = f"{tmp_path / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    shell(start, tmp_path, GITHUB_ENV=str(told), PATH=path)
    table = json.loads((tmp_path / "demo.json").read_text())
    try:
        assert "127.0.0.1 sip.contoso.test\n" in (tmp_path / "environment.hosts").read_text()
        assert f"REQUESTS_CA_BUNDLE={table['ca_file']}\nSIP_SERVER={table['sip']['tls']}\n" == told.read_text()
        assert "1 passed" in shell(test.partition("#")[0] + " -p no:cacheprovider", tmp_path)
        shell(log, tmp_path)
    finally:
        shell(stop, tmp_path)
    until(lambda: not Path(table["folder"]).exists(), "the demo's folder is gone", 60)
