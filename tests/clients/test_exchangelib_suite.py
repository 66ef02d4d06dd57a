"""What the runner of exchangelib's suite counts and prints."""

from __future__ import annotations

from typing import Any

from tests.clients.exchangelib_suite import last_line, table


def outcome(test: str, how: str, reason: str = "") -> dict[str, Any]:
    return {"test": test, "outcome": how, "reason": reason, "seconds": 0.1}


def test_outcomes_are_counted_by_class() -> None:
    found = table(
        [
            outcome("tests.test_a.A.test_1", "passed"),
            outcome("tests.test_a.A.test_2", "failed", "x"),
            outcome("tests.test_b.B.test_1", "skipped"),
        ]
    )
    assert found.splitlines()[2:] == [
        "| test_a.A | 1 | 1 | 0 |",
        "| test_b.B | 0 | 0 | 1 |",
        "| **all** | **1** | **1** | **1** |",
    ]


def test_a_traceback_is_told_by_its_end() -> None:
    assert last_line("Traceback\n  File\nValueError: no\n\n") == "ValueError: no"
    assert last_line("") == ""
