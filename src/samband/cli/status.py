"""Show the six steps with their state, the features each person has, and what carries sound and pictures."""

from __future__ import annotations

import argparse

from samband.cli.folder import add_folder, on_ground
from samband.deployment.media_text import media_text
from samband.deployment.standing_text import standing_text
from samband.deployment.steps import Standing, assess
from samband.ground import Ground
from samband.serve.standing import facts_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband status``."""
    add_folder(parser)
    parser.add_argument("--user", help="only this person's features, by login")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what is found now."""

    async def work(ground: Ground) -> str:
        standing = assess(await facts_of(ground))
        if arguments.user:
            upn = (await ground.people.find(arguments.user)).userPrincipalName
            return standing_text(Standing(standing.steps, {upn: standing.features[upn]}))
        media = f"\n\n{media_text(ground.site.media)}" if ground.site.roles.lync else ""
        return standing_text(standing) + media

    print(on_ground(arguments.folder, work))
    return 0
