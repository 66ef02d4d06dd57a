"""What the documents name is there: files, rooms, commands with their options, settings."""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from samband.cli.main import _parser
from samband.deployment import dns_check
from samband.deployment.settings import Site
from samband.deployment.troubles import KNOWN

ROOT = Path(__file__).parent.parent
ROOMS = ROOT / "src/samband"
PAGES = [ROOT / "ARCHITECTURE.md", ROOT / "README.md", ROOT / "bench/README.md", *sorted(ROOT.glob("docs/*.md"))]
SUFFIXES = (".py", ".md", ".sh", ".js", ".css", ".c", ".json", ".toml", ".cfg")
OF_A_SITE = {"samband.toml", "demo.json"}
"""Files that commands write."""
SECTIONS = {field.name: field.type for field in msgspec.structs.fields(Site)}
COMMAND = re.compile(r"(?:^|\s)(?:\S*/)?samband ([a-z][a-z|-]*(?: [^`#>&]*)?)")


def spans(page: Path) -> list[str]:
    """What stands between backticks."""
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", page.read_text("utf-8").replace("```", ""))]


@cache
def files() -> frozenset[str]:
    """Every file of ours and every folder, by its path."""
    ours = ["src", "tests", "docs", "bench", "deploy", "requirements", ".github"]
    found = [path for top in ours for path in (ROOT / top).rglob("*") if "__pycache__" not in path.parts]
    return frozenset(str(path.relative_to(ROOT)) for path in [*ROOT.iterdir(), *found])


@cache
def names() -> frozenset[str]:
    """Those of all files, without their folders."""
    return frozenset(path.rpartition("/")[2] for path in files())


def is_path(span: str) -> bool:
    if not re.fullmatch(r"[\w./*-]+", span) or span.startswith("/") or span in OF_A_SITE:
        return False
    first = span.split("/")[0]
    return span.endswith(SUFFIXES) or ("/" in span and ((ROOT / first).is_dir() or (ROOMS / first).is_dir()))


def exists(path: str, page: Path) -> bool:
    """Whether there is such a file: from the top, from the rooms or beside the page; by its name alone, anywhere."""
    pattern = path.rstrip("/").replace("...", "*")
    places = [pattern, f"src/samband/{pattern}", str(page.parent.relative_to(ROOT) / pattern)]
    if "*" in pattern:
        return any(fnmatch(one, place) for one in files() for place in [*places, f"*/{pattern}"])
    return not files().isdisjoint(places) or pattern in names()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    assert [span for span in spans(page) if is_path(span) and not exists(span, page)] == []


def test_every_room_is_on_the_map() -> None:
    table = re.findall(r"^\| `(\w+)`", (ROOT / "ARCHITECTURE.md").read_text("utf-8"), re.MULTILINE)
    there = {path.name for path in ROOMS.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert set(table) == there


# --- commands


def commands(page: Path) -> Iterator[str]:
    """Every command of ours that a page shows, without what comes after it in the line."""
    for span in spans(page):
        if span.startswith("samband ") and (found := COMMAND.match(span)):
            yield found[1]
    for line in page.read_text("utf-8").splitlines():
        if line.startswith("    "):
            yield from (found[1] for part in line.split("&&") for found in COMMAND.finditer(part.split("#")[0]))


@cache
def cli() -> argparse.ArgumentParser:
    return _parser()


def wrong(command: str) -> str:
    """What our parser does not know of a command."""
    parser = cli()
    for word in command.split():
        choices = next((one.choices for one in parser._actions if isinstance(one, argparse._SubParsersAction)), None)
        if choices is None:
            break
        missing = [one for one in word.split("|") if one not in choices]
        if missing:
            return f"{command}: {missing}"
        parser = choices[word.split("|")[0]]
    options = {option for action in parser._actions for option in action.option_strings}
    strange = set(re.findall(r"(?<!\S)\[?(--[a-z-]+)", command)) - options
    return f"{command}: {strange}" if strange else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_are_shown_are_there(page: Path) -> None:
    assert [why for why in map(wrong, commands(page)) if why] == []


# --- settings


def settings(page: Path) -> Iterator[str]:
    """Every ``section.key`` that a page names or sets."""
    findings = {trouble.value for trouble in KNOWN} | {f"dns.{name}" for name in dns_check.SYMPTOMS}
    for span in spans(page):
        name = span.partition(" = ")[0]
        if re.fullmatch(r"[a-z_]+\.[a-z_]+", name) and name.split(".")[0] in SECTIONS and name not in findings:
            yield name
    for block in re.findall(r"^```toml\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        yield from (f"{section}.{key}" for section, values in tomllib.loads(block).items() for key in values)


def is_setting(name: str) -> bool:
    section, _, key = name.partition(".")
    kind: Any = SECTIONS.get(section)
    return kind is not None and (key in kind.__struct_fields__)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_that_are_named_are_there(page: Path) -> None:
    assert [name for name in settings(page) if not is_setting(name)] == []


def test_the_pages_name_something() -> None:
    """The tests above find what they look for."""
    assert sum(is_path(span) for page in PAGES for span in spans(page)) > 50
    assert sum(1 for page in PAGES for _ in commands(page)) > 50
    assert sum(1 for page in PAGES for _ in settings(page)) > 15
