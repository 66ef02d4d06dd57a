"""Try every feature of the integration live, as the people themselves, and name what is wrong."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from samband.cli.folder import on_ground
from samband.deployment.check_page import report_page
from samband.deployment.check_text import report_text
from samband.deployment.measured import Report
from samband.model.failures import Failure
from samband.serve.check.site import Wish, check_site


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband check``."""
    parser.add_argument("folder", metavar="DIR", type=Path, nargs="?", help="the folder of the running site")
    parser.add_argument("--user", default="", help="try it as this person only, by login")
    parser.add_argument("--password-file", type=Path, help="their password, in the first line; default: the kept hash")
    parser.add_argument("--most", type=int, default=100, help="try it as so many people at most; default: 100")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--html", metavar="FILE", type=Path, help="also as one page that can be sent to a colleague")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0 where nothing is a fault, else 1."""
    wish = Wish(arguments.user, _password(arguments), max(arguments.most, 1))
    report = on_ground(_folder(arguments), lambda ground: check_site(ground, wish))
    _print(report, arguments)
    return 1 if report.faulty else 0


def _print(report: Report, arguments: argparse.Namespace) -> None:
    if arguments.json:
        print(msgspec.json.encode(report).decode())
    else:
        print(report_text(report))
    if arguments.html is not None:
        arguments.html.write_text(report_page(report), "utf-8")


def _folder(arguments: argparse.Namespace) -> Path:
    if arguments.folder is None:
        raise Failure("NoSite", "say which site: samband check DIR")
    folder: Path = arguments.folder
    return folder


def _password(arguments: argparse.Namespace) -> str:
    if arguments.password_file is None:
        return ""
    if not arguments.user:
        raise Failure("NoUser", "--password-file is the password of somebody: give --user too")
    text = sys.stdin.readline() if str(arguments.password_file) == "-" else arguments.password_file.read_text()
    return str(text.splitlines()[0]) if text else ""
