"""What a failed attempt leaves behind is no part of the second one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_CONFTEST = "from tests.second_attempts import pytest_runtest_makereport, pytest_runtest_setup, pytest_runtest_teardown"
_TESTS = """
import time
import pytest

@pytest.fixture(scope="session")
def session():
    made = []
    yield made
    print("the session's ends with", made)

@pytest.fixture(scope="module")
def module(session):
    made = []
    yield made
    print("the module's ends with", made)

attempts = []

def test_before(module, session):
    module.append("before")

@pytest.mark.flaky(reruns=1)
def test_broken_once(module, session):
    attempts.append(1)
    module.append("broken")
    session.append("broken")
    assert len(attempts) == 2 and module == ["broken"]

def test_after(module, session):
    assert module == session == ["broken"]

@pytest.mark.timeout(1)
@pytest.mark.flaky(reruns=1)
def test_hangs():
    time.sleep(30)
"""


def test_fixtures_are_made_anew_and_time_is_given_again(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(_CONFTEST)
    (tmp_path / "test_them.py").write_text(_TESTS)
    words = ["-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(tmp_path)]
    command = [sys.executable, "-m", "pytest", *words, str(tmp_path)]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=100, check=False
    )
    assert "1 failed, 3 passed, 2 rerun" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("the module's ends with ['before', 'broken']") == 1
    assert done.stdout.count("the session's ends with ['broken']") == 2
