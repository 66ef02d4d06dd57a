"""Try every feature of the integration live, as the people themselves, and name what is wrong."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import uvloop

from samband.cli.folder import on_ground
from samband.deployment.check_page import report_page
from samband.deployment.check_text import report_text
from samband.deployment.exported import NotExported, Settings, read_exported
from samband.deployment.measured import Report
from samband.deployment.survey import Survey, survey_page, survey_text
from samband.ground import Ground
from samband.model.failures import Failure
from samband.net.dns_client import split_server
from samband.serve.check.against import Target, check_against
from samband.serve.check.site import Wish, check_site, must_be_served

_DOMAIN = re.compile(r"[\w-]{1,63}(\.[\w-]{1,63})*")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband check``."""
    parser.add_argument("folder", metavar="DIR", type=Path, nargs="?", help="the folder of the running site")
    parser.add_argument("--user", default="", help="try it as this person only, by login")
    parser.add_argument("--password-file", type=Path, help="their password, in the first line; default: the kept hash")
    parser.add_argument("--most", type=int, default=100, help="try it as so many people at most; default: 100")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--html", metavar="FILE", type=Path, help="also as one page that can be sent to a colleague")
    parser.add_argument(
        "--against", metavar="WHERE", default="", help="DOMAIN or https://DOMAIN:PORT of any deployment: look, only"
    )
    parser.add_argument("--address", default="", help="with --against: somebody's e-mail address there")
    parser.add_argument("--resolver", default="", help="with --against: ADDRESS[:PORT] of the name server to ask")
    parser.add_argument("--ca-file", type=Path, help="with --against: certificates in PEM that are trusted too")
    parser.add_argument(
        "--exported", metavar="FILE", type=Path, nargs="+", default=[], help="settings that ConvertTo-Json wrote"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0 where nothing is a fault, else 1."""
    if arguments.against:
        survey = uvloop.run(check_against(_target(arguments)))
        _print(survey, survey_text(survey), survey_page(survey), arguments)
        return 1 if survey.faulty else 0
    if elsewhere := [name for name in ("address", "resolver", "ca_file", "exported") if getattr(arguments, name)]:
        raise Failure("NotAgainst", f"--{elsewhere[0].replace('_', '-')} goes with --against WHERE")
    wish = Wish(arguments.user, _password(arguments), max(arguments.most, 1))
    report = on_ground(_folder(arguments), lambda ground: _checked(ground, wish))
    _print(report, report_text(report), report_page(report), arguments)
    return 1 if report.faulty else 0


async def _checked(ground: Ground, wish: Wish) -> Report:
    await must_be_served(ground)
    return await check_site(ground, wish)


def _print(found: Report | Survey, text: str, page: str, arguments: argparse.Namespace) -> None:
    print(msgspec.json.encode(found).decode() if arguments.json else text)
    if arguments.html is not None:
        arguments.html.write_text(page, "utf-8")


def _target(arguments: argparse.Namespace) -> Target:
    if arguments.folder is not None:
        raise Failure("TwoSites", "say either DIR or --against WHERE")
    try:
        parts = urlsplit(arguments.against if "://" in arguments.against else f"https://{arguments.against}")
        domain, port = (parts.hostname or "").rstrip("."), parts.port or 443
        if arguments.resolver:
            split_server(arguments.resolver)
    except ValueError as error:
        raise Failure("NoSuchPlace", f"{arguments.against} {arguments.resolver}: {error}") from None
    if not _DOMAIN.fullmatch(domain) or (arguments.address and "@" not in arguments.address):
        raise Failure(
            "NoSuchPlace", "--against wants a domain such as contoso.com, --address one such as a@contoso.com"
        )
    exported: list[Settings] = []
    for file in arguments.exported:
        try:
            exported += read_exported(file.read_bytes())
        except NotExported as error:
            raise Failure("NotExported", f"{file}: {error}") from None
    return Target(domain, port, arguments.address, arguments.resolver, arguments.ca_file, tuple(exported))


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
