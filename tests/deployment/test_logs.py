"""A record is a line, whatever a peer said."""

import json
import logging

import pytest

from samband.deployment.logs import start_logging
from samband.deployment.settings import Log

SAID = "x\n2026-11-23T09:00:00.000Z info trust: signed in\r\x1b[2J\u2028y"


@pytest.fixture(autouse=True)
def _as_before() -> object:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_record_is_one_line(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    start_logging(Log(format=form, level="debug"))  # type: ignore[arg-type]
    logging.getLogger("samband.trust.http").info("refused %s", SAID, extra={"path": SAID})
    (line,) = capsys.readouterr().err.split("\n")[:-1]
    assert "\x1b" not in line
    if form == "json":
        assert json.loads(line)["path"] == SAID
    else:
        assert " info trust.http: refused x\\n2026" in line


def test_a_traceback_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging(Log())
    try:
        raise ValueError("no")
    except ValueError:
        logging.getLogger("samband.x").exception("failed")
    assert "\nTraceback (most recent call last):\n" in capsys.readouterr().err
