"""`samband ucs` as an administrator types it."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from samband.cli.main import main
from tests.clients.running_demo import Demo, running_demo


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running:
        yield running


def test_a_list_is_moved_shown_and_taken_back(demo: Demo) -> None:
    assert "lives in the mailbox" in demo.samband("ucs", "migrate", demo.folder, "alice")
    shown = demo.samband("ucs", "status", demo.folder)
    lines = {line.split()[0]: line.split()[1] for line in shown.splitlines()}
    assert lines["alice@contoso.test"] == "UcsMigrated" and lines["bob@contoso.test"] == "UcsDisabled"
    rows = "Contact List Provider: UCS; UCS Connectivity State: Exchange connection Active"
    assert [rows in line for line in shown.splitlines() if line.startswith(("alice", "bob"))] == [True, False]
    assert re.search(r"Unified contact store +on", demo.samband("status", demo.folder, "--user", "alice"))
    assert "ucs_allowed" in demo.samband("status", demo.folder, "--user", "bob")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        demo.samband("ucs", "migrate", demo.folder, "alice")
    assert "is in the mailbox already" in refused.value.stderr and "Traceback" not in refused.value.stderr
    assert "lives on the Lync side again" in demo.samband("ucs", "rollback", demo.folder, "alice")
    assert "not again by itself before" in demo.samband("ucs", "status", demo.folder, "alice")


def test_a_site_that_is_not_serving_moves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = f"{tmp_path}/site"
    assert main(["init", folder, "--domain", "contoso.test"]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("secret-1\n"))
    assert main(["user", "add", folder, "anna", "--name", "Anna Berg"]) == 0
    capsys.readouterr()
    assert main(["ucs", "migrate", folder, "anna"]) == 1
    assert "the list was not moved" in capsys.readouterr().err
    assert main(["ucs", "status", folder, "anna"]) == 0
    assert "FailedUserData" in capsys.readouterr().out
