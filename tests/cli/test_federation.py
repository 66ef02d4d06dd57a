"""``samband federation``: what it keeps, says and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from samband.cli.main import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "site"
    assert main(["init", str(made), "--domain", "contoso.test"]) == 0
    return made


def test_the_lists(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = str(folder)

    def said(verb: str, *words: str, status: int = 0) -> str:
        capsys.readouterr()
        assert main(["federation", verb, where, *words]) == status
        found = capsys.readouterr()
        assert "Traceback" not in found.err
        return found.out or found.err

    assert said("list") == "partner discovery off\n"
    said("discovery", "on")
    said("allow", "Fabrikam.test", "--proxy", "edge.hosting.test:5062", "--ca", str(folder / "keys" / "ca.crt"))
    said("allow", "northwind.test")
    said("block", "spam.test")
    shown = [line.split(maxsplit=3) for line in said("list").splitlines()]
    assert shown == [
        ["partner", "discovery", "on"],
        ["fabrikam.test", "allowed", "edge.hosting.test:5062", "own authorities"],
        ["northwind.test", "allowed"],
        ["spam.test", "blocked"],
    ]
    said("block", "northwind.test")
    said("remove", "fabrikam.test")
    assert said("list").split() == ["partner", "discovery", "on", "northwind.test", "blocked", "spam.test", "blocked"]
    assert "neither allowed nor blocked" in said("remove", "fabrikam.test", status=1)
    assert "a domain of this organisation" in said("allow", "contoso.test", status=1)
    assert "not a domain" in said("block", "spam", status=1)
    assert "no certificate in PEM" in said("allow", "a.test", "--ca", str(folder / "samband.toml"), status=1)
    assert "No such file" in said("allow", "a.test", "--ca", str(folder / "none"), status=1)
