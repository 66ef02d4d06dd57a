"""The DIR argument that most commands share, and running something on the site in it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import uvloop

from samband.deployment.site_file import read_site
from samband.ground import Ground, open_ground
from samband.net.knock import knock

T = TypeVar("T")


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Ask for the site's folder."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="the site's folder, made by: samband init DIR")


def own_name() -> str:
    """How this program was called, for sentences that say what to type next."""
    return sys.argv[0] if Path(sys.argv[0]).name == "samband" else "samband"


def on_ground(folder: Path, work: Callable[[Ground], Awaitable[T]]) -> T:
    """Open the site in ``folder``, do ``work`` on it, close it. A running server has heard of what changed."""
    wrote = False

    async def run() -> T:
        nonlocal wrote
        async with open_ground(folder, read_site(folder)) as ground:
            known = ground.feed.published
            try:
                return await work(ground)
            finally:
                wrote = ground.feed.published > known

    try:
        return uvloop.run(run())
    finally:
        if wrote:
            knock(folder)
