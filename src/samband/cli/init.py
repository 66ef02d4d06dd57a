"""Make a new site: its commented samband.toml, its keys and certificate authority, its empty store."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvloop

from samband.deployment.settings import Listen
from samband.deployment.site_file import FILE_NAME, parse_site, read_site
from samband.deployment.site_template import site_text
from samband.ground import open_ground
from samband.model.failures import Failure
from samband.serve import administer, introduce


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband init``."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="a folder that is empty or not there yet")
    parser.add_argument("--domain", required=True, help="the mail, SIP and sign-in domain, such as contoso.com")
    parser.add_argument("--name", default="", help="the organisation's name; default: the domain")
    parser.add_argument("--address", default="127.0.0.1", help="where to listen; default: loopback")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the site and say what comes next."""
    write_site(arguments.folder, arguments.name, arguments.domain, Listen(address=arguments.address))
    uvloop.run(_prepare(arguments.folder))
    print(f"made a site for {arguments.domain} in {arguments.folder}")
    print(f"look through {arguments.folder / FILE_NAME}, then:")
    print(f"  samband user add {arguments.folder} LOGIN --name 'DISPLAY NAME'")
    print(f"  samband serve {arguments.folder}")
    print(f"clients must trust {arguments.folder / 'keys' / 'ca.crt'}")
    return 0


def write_site(folder: Path, name: str, domain: str, listen: Listen, *, ucs_allowed: bool = True) -> None:
    """Write the settings of a new site. Raises ``SettingError``, or ``Failure`` where there is a site already."""
    if (folder / FILE_NAME).exists():
        raise Failure("SiteExists", f"there is a site in {folder} already; choose another folder")
    parse_site({"organisation": {"name": name or domain, "domain": domain}})
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = site_text(name or domain, domain, listen, ucs_allowed=ucs_allowed)
    (folder / FILE_NAME).write_text(text, encoding="utf-8")


async def _prepare(folder: Path) -> None:
    async with open_ground(folder, read_site(folder)) as ground, administer(ground) as trusts:
        await introduce(trusts)
