"""Runs exchangelib's own tests in this process: names resolved to a demo, each test bounded, outcomes as JSON lines.

``python exchangelib_child.py ORDERS``: a JSON file with ``checkout``, ``hosts``, ``domain``, ``dns_port``, ``ca_file``,
``seconds``, ``names`` (modules, classes or tests as ``unittest`` names them; none for all) and ``outcomes``, the file
to write. It needs only the standard library and what the tests need, so that it runs under any interpreter.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
import unittest
from pathlib import Path
from typing import Any, TextIO


class TooSlow(Exception):
    """A test took longer than it may."""


def resolve_to(hosts: dict[str, str], domain: str, dns_port: int) -> None:
    """Find the demo's names at the demo, also through dnspython; all others where this machine finds them."""
    import dns.resolver

    real = socket.getaddrinfo
    ask = dns.resolver.Resolver.resolve

    def getaddrinfo(host: Any, *rest: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        return real(hosts.get(name.lower(), name) if name else name, *rest, **named)

    def resolve(self: Any, name: Any, *rest: Any, **named: Any) -> Any:
        if str(name).rstrip(".").lower().endswith(domain):
            self.nameservers, self.port = ["127.0.0.1"], dns_port
        return ask(self, name, *rest, **named)

    socket.getaddrinfo = getaddrinfo
    dns.resolver.Resolver.resolve = resolve  # type: ignore[assignment, method-assign]


def trust(ca_file: str) -> None:
    """Trust the demo's authority, also by default: one of the tests clears the variable. Before ``requests`` loads."""
    import certifi

    certifi.where = lambda: ca_file
    os.environ["REQUESTS_CA_BUNDLE"] = os.environ["CURL_CA_BUNDLE"] = ca_file


class Outcomes(unittest.TextTestResult):
    """Writes how each test ended, one line of JSON a test, as it ends."""

    file: TextIO
    seconds: int

    def startTest(self, test: unittest.TestCase) -> None:
        self._failures: list[str] = []
        self._skipped = ""
        self._began = time.monotonic()
        signal.signal(signal.SIGALRM, self._too_slow)
        signal.alarm(self.seconds)
        super().startTest(test)

    def _too_slow(self, *_: Any) -> None:
        raise TooSlow(f"longer than {self.seconds} s")

    def stopTest(self, test: unittest.TestCase) -> None:
        signal.alarm(0)
        super().stopTest(test)
        outcome = "failed" if self._failures else "skipped" if self._skipped else "passed"
        self._write(test.id(), outcome, "\n".join(self._failures) or self._skipped, time.monotonic() - self._began)

    def _write(self, name: str, outcome: str, reason: str, took: float) -> None:
        line = {"test": name, "outcome": outcome, "reason": reason, "seconds": round(took, 2)}
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        super().addError(test, err)
        if isinstance(test, unittest.TestCase):
            self._failures.append(self.errors[-1][1])
        else:
            self._write(str(test), "failed", self.errors[-1][1], 0.0)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addFailure(test, err)
        self._failures.append(self.failures[-1][1])

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            kind = self.failures if issubclass(err[0], test.failureException) else self.errors
            self._failures.append(kind[-1][1])

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        if isinstance(test, unittest.TestCase):
            self._skipped = reason or "skipped"


def main(orders: dict[str, Any]) -> None:
    checkout = Path(orders["checkout"])
    os.chdir(checkout)
    sys.path.insert(0, str(checkout))
    trust(orders["ca_file"])
    resolve_to(orders["hosts"], orders["domain"], orders["dns_port"])
    loader = unittest.TestLoader()
    names = orders["names"]
    suite = loader.loadTestsFromNames(names) if names else loader.discover("tests", top_level_dir=str(checkout))
    with Path(orders["outcomes"]).open("w") as file:
        Outcomes.file, Outcomes.seconds = file, orders["seconds"]
        runner: Any = unittest.TextTestRunner
        runner(resultclass=Outcomes, verbosity=2).run(suite)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
