"""Logs on standard error: a line a record, as text or as JSON with the record's extra fields."""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

import msgspec

from samband.deployment.settings import Log

_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def start_logging(settings: Log) -> None:
    """Send every record of this process to standard error as ``settings`` say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if settings.format == "json" else _Text())
    logging.basicConfig(level=settings.level.upper(), handlers=[handler], force=True)
    logging.getLogger("mail.log").setLevel(logging.WARNING)


def _when(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in record.__dict__.items() if key not in _STANDARD}


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        room = record.name.removeprefix("samband.")
        fields = "".join(f" {key}={value}" for key, value in _extra(record).items())
        # What a peer said cannot make a line of its own.
        said = _CONTROLS.sub(lambda found: repr(found[0])[1:-1], f"{record.getMessage()}{fields}")
        line = f"{_when(record)} {record.levelname.lower()} {room}: {said}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        table: dict[str, Any] = {
            "time": _when(record),
            "level": record.levelname.lower(),
            "room": record.name.removeprefix("samband."),
            "message": record.getMessage(),
            **_extra(record),
        }
        if record.exc_info:
            table["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(table, enc_hook=str).decode()
