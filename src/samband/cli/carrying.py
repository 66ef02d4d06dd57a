"""What ``samband import`` and ``samband export`` share: ways in elsewhere, progress, and what is said at the end."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import time
from pathlib import Path

from samband.model.failures import Failure
from samband.serve.mailboxes import Elsewhere

SECRET = "SAMBAND_EWS_PASSWORD"
_LONGEST = 4096
_EVERY = 0.2
_LINES_EVERY = 10.0


def add_elsewhere(parser: argparse.ArgumentParser) -> None:
    """The words that name a mailbox on another server."""
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--url", help="its EWS address, such as https://mail.example.com/EWS/Exchange.asmx")
    place.add_argument("--autodiscover", metavar="ADDRESS", help="ask Autodiscover for the mailbox of this address")
    parser.add_argument("--login", required=True, help="the account there: DOMAIN\\name or name@domain")
    parser.add_argument("--method", choices=("ntlm", "basic", "bearer"), default="ntlm", help="how it is proven")
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help=f"its password (or bearer token) is the first line; else it is {SECRET}'s value, else asked for",
    )
    parser.add_argument("--address", default="", help="the mailbox's address, where the login is none")
    parser.add_argument("--mailbox", default="", metavar="ADDRESS", help="another mailbox that the account may open")
    parser.add_argument("--impersonate", default="", metavar="ADDRESS", help="act there as this person")
    parser.add_argument("--ca-file", type=Path, metavar="PEM", help="trust these certificate authorities too")


def elsewhere(arguments: argparse.Namespace) -> Elsewhere:
    """The mailbox that the words name, with its secret. Raises ``Failure`` or ``OSError``."""
    return Elsewhere(
        url=arguments.url or "",
        address=arguments.impersonate
        or arguments.mailbox
        or arguments.address
        or arguments.autodiscover
        or arguments.login,
        login=arguments.login,
        secret=_secret(arguments.password_file),
        method=arguments.method,
        impersonate=arguments.impersonate,
        ca_file=arguments.ca_file,
    )


def _secret(file: Path | None) -> str:
    if file is not None:
        lines = file.read_text(encoding="utf-8").splitlines()
        secret = lines[0] if lines else ""
    elif SECRET in os.environ:
        secret = os.environ[SECRET]
    elif sys.stdin.isatty():
        secret = getpass.getpass("Password there: ")
    else:
        secret = sys.stdin.readline().rstrip("\n")
    if not secret or len(secret) > _LONGEST:
        raise Failure("InvalidPassword", f"no usable password: give --password-file, or {SECRET}, or type it")
    return secret


class Progress:
    """One line that is written over on a terminal; plain lines now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._said = 0.0
        self._folder = ""

    def say(self, folder: str, text: str) -> None:
        """What stands now: always for a folder's beginning, else as often as anybody would look."""
        now = time.monotonic()
        new = folder != self._folder
        if not new and now - self._said < (_EVERY if self._terminal else _LINES_EVERY):
            return
        self._said, self._folder = now, folder
        line = f"{folder}: {text}"
        if self._terminal:
            print(f"\r\x1b[K{line[:100]}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self._terminal and self._folder:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
