"""Serve the site in a folder until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import uvloop

from samband.cli.folder import add_folder
from samband.deployment.logs import start_logging
from samband.deployment.settings import Site
from samband.deployment.site_file import read_site
from samband.ground import open_ground
from samband.net.lifetime import lifetime
from samband.net.only_server import only_server
from samband.serve import serve_site


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband serve``."""
    add_folder(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve; the log goes to standard error."""
    site = read_site(arguments.folder)
    start_logging(site.log)
    with only_server(arguments.folder):
        uvloop.run(_serve(arguments.folder, site))
    return 0


async def _serve(folder: Path, site: Site) -> None:
    with lifetime(with_parent=False) as stopped:
        async with open_ground(folder, site) as ground, serve_site(ground) as served:
            print(
                f"samband: serving {site.organisation.domain} at {served.places.ews_url}", file=sys.stderr, flush=True
            )
            print(f"samband: stopping ({await stopped})", file=sys.stderr, flush=True)
