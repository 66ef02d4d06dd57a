"""exchangelib's own test suite, unedited, against a demo: ``python -m tests.clients.exchangelib_suite CHECKOUT``.

Starts a demo on standard ports of a loopback address of its own (so it needs root), writes ``settings.yml`` into the
checkout, runs the tests in a child process and prints a table by test class. ``docs/interop.md`` keeps the last one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.clients.name_server import name_server
from tests.clients.running_demo import Demo, running_demo

_CHILD = Path(__file__).with_name("exchangelib_child.py")
_PERSON = "alice"


def write_settings(checkout: Path, demo: Demo) -> None:
    """What the suite reads of where to go and as whom. JSON is YAML too."""
    person = demo.person(_PERSON)
    host = demo.table["ews_url"].split("/")[2]
    settings = {
        "server": host,
        "autodiscover_server": f"autodiscover.{demo.table['domain']}",
        "username": person["login"],
        "password": person["password"],
        "account": person["email"],
        "alias": person["email"],
        "verify_ssl": True,
    }
    (checkout / "settings.yml").write_text(json.dumps(settings, indent=1) + "\n")


def run_suite(checkout: Path, names: list[str], python: str, address: str, seconds: int) -> list[dict[str, Any]]:
    """Each test's outcome: ``test``, ``outcome`` (passed, failed, skipped), ``reason``, ``seconds``."""
    with (
        tempfile.TemporaryDirectory(prefix="samband-suite-") as folder,
        running_demo("--ports", "standard", "--address", address, "--language", "da-DK", "--seed", "people") as demo,
        name_server(demo.table["hosts"], demo.table["srv"]) as dns_port,
    ):
        demo.samband("user", "archive", demo.folder, _PERSON, "--enable")
        write_settings(checkout, demo)
        outcomes = Path(folder) / "outcomes.jsonl"
        orders = {
            "checkout": str(checkout),
            "hosts": demo.table["hosts"],
            "domain": demo.table["domain"],
            "dns_port": dns_port,
            "ca_file": demo.table["ca_file"],
            "seconds": seconds,
            "names": names,
            "outcomes": str(outcomes),
        }
        (Path(folder) / "orders.json").write_text(json.dumps(orders))
        print(f"the demo's log: {demo.log}", file=sys.stderr)
        subprocess.run([python, str(_CHILD), str(Path(folder) / "orders.json")], check=True)
        return [json.loads(line) for line in outcomes.read_text().splitlines()]


def table(outcomes: Iterable[dict[str, Any]]) -> str:
    """Passed, failed and skipped by test class, as Markdown."""
    classes: dict[str, Counter[str]] = {}
    for one in outcomes:
        classes.setdefault(one["test"].rpartition(".")[0].removeprefix("tests."), Counter())[one["outcome"]] += 1
    kinds = ("passed", "failed", "skipped")
    rows = ["| class | passed | failed | skipped |", "|---|---|---|---|"]
    rows += [
        f"| {name} | " + " | ".join(str(count[kind]) for kind in kinds) + " |"
        for name, count in sorted(classes.items())
    ]
    total = sum(classes.values(), Counter())
    rows.append("| **all** | " + " | ".join(f"**{total[kind]}**" for kind in kinds) + " |")
    return "\n".join(rows)


def last_line(reason: str) -> str:
    """What a traceback ends with, or a reason to skip."""
    lines = [line for line in reason.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.clients.exchangelib_suite", description=__doc__)
    parser.add_argument("checkout", type=Path, help="a checkout of exchangelib v5.6.0")
    parser.add_argument("names", nargs="*", help="only these, as unittest names them: tests.test_folder.FolderTest")
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has what the tests import")
    parser.add_argument("--address", default="127.0.0.43", help="the loopback address the demo listens on")
    parser.add_argument("--seconds", type=int, default=90, help="how long one test may take")
    parser.add_argument("--json", type=Path, help="a file for every outcome with its traceback")
    words = parser.parse_intermixed_args()
    outcomes = run_suite(words.checkout.resolve(), words.names, words.python, words.address, words.seconds)
    if words.json:
        words.json.write_text(json.dumps(outcomes, indent=1))
    print(table(outcomes))
    failed = [one for one in outcomes if one["outcome"] == "failed"]
    for one in failed:
        print(f"{one['test']}: {last_line(one['reason'])}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
