"""What holds for the whole suite."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from samband.wire.sip.native import READER
from tests.second_attempts import pytest_runtest_makereport, pytest_runtest_setup, pytest_runtest_teardown

__all__ = ["pytest_runtest_makereport", "pytest_runtest_setup", "pytest_runtest_teardown"]

# What hypothesis finds must not hang on how busy the machine is.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

_HERE = Path(__file__).parent
_WITH_PROCESSES = [_HERE / name for name in ("cli", "clients", "scenarios")]


def pytest_report_header() -> str:
    """Say which half of the SIP reader is there: the tests of ``wire/sip`` run over both where there are two."""
    return f"SIP is read in {READER}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that drives whole processes, most of them strangers', is tried once more where it fails.

    The summary names each (``RERUN``): a machine that was busy for a minute is not a defect, but is not hidden either.
    Such tests have more time than the others.
    """
    for item in items:
        if any(folder in item.path.parents for folder in _WITH_PROCESSES):
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=2))
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(300))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which programs that no one here wrote were driven, and why a test had to be tried again."""
    driven = Counter(report.nodeid.partition("::")[0] for report in terminalreporter.stats.get("passed", []))
    for file, count in sorted(driven.items()):
        if file.startswith("tests/clients/"):
            terminalreporter.line(f"{file}: {count} passed")
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"first attempt of {report.nodeid}", "_")
        terminalreporter.line(report.longreprtext)
