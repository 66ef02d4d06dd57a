"""Make a new site: its commented samband.toml, its keys and certificate authority, its empty store."""

from __future__ import annotations

import argparse
import base64
import os
import tomllib
from pathlib import Path

import uvloop

from samband.cli.folder import own_name
from samband.deployment.network_settings import Dns, Listen, Media
from samband.deployment.policies import ThrottlingPolicy
from samband.deployment.site_file import FILE_NAME, parse_site, read_site
from samband.deployment.site_template import DEFAULT_STORAGE, site_text
from samband.ground import open_ground
from samband.model.failures import Failure
from samband.serve import administer, introduce
from samband.trust.files import write_private

_SERVERS = 5062
"""The port for trusted applications that a new site starts with."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband init``."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="a folder that is empty or not there yet")
    parser.add_argument("--domain", required=True, help="the mail, SIP and sign-in domain, such as contoso.com")
    parser.add_argument("--name", default="", help="the organisation's name; default: the domain")
    parser.add_argument("--address", default="127.0.0.1", help="where to listen; default: loopback")
    parser.add_argument("--language", default="en", help="of mailboxes' default folders, such as da-DK; default: en")
    parser.add_argument(
        "--storage", default=DEFAULT_STORAGE, metavar="URL", help="sqlite:FILE or postgresql://USER@HOST/DATABASE"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the site and say what comes next."""
    listen = Listen(address=arguments.address, sip_servers=_SERVERS)
    write_site(
        arguments.folder,
        arguments.name,
        arguments.domain,
        listen,
        storage=arguments.storage,
        language=arguments.language,
    )
    try:
        uvloop.run(_prepare(arguments.folder))
    except BaseException:
        (arguments.folder / FILE_NAME).unlink()
        raise
    print(f"made a site for {arguments.domain} in {arguments.folder}")
    print(f"look through {arguments.folder / FILE_NAME}, then:")
    print(f"  {own_name()} user add {arguments.folder} LOGIN --name 'DISPLAY NAME'")
    print(f"  {own_name()} serve {arguments.folder}")
    print(f"clients must trust {arguments.folder / 'keys' / 'ca.crt'}")
    return 0


def write_site(
    folder: Path,
    name: str,
    domain: str,
    listen: Listen,
    *,
    storage: str = DEFAULT_STORAGE,
    ucs_allowed: bool = True,
    language: str = "en",
    throttling: ThrottlingPolicy | None = None,
    media: Media | None = None,
) -> None:
    """Write the settings of a new site. Raises ``SettingError``, or ``Failure`` where there is a site already."""
    if (folder / FILE_NAME).exists():
        raise Failure("SiteExists", f"there is a site in {folder} already; choose another folder")
    organisation = {"name": name or domain, "domain": domain, "language": language}
    parse_site({"organisation": organisation, "storage": {"url": storage}})
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = site_text(
        name or domain,
        domain,
        listen,
        storage=storage,
        ucs_allowed=ucs_allowed,
        language=language,
        throttling=throttling,
        media=media,
    )
    parse_site(tomllib.loads(text))
    write_private(folder / FILE_NAME, text.encode())
    write_private(folder / Dns().tsig_secret_file, base64.b64encode(os.urandom(32)) + b"\n")


async def _prepare(folder: Path) -> None:
    async with open_ground(folder, read_site(folder)) as ground, administer(ground) as trusts:
        await introduce(trusts)
