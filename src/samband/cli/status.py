"""Show the six steps with their state, and the features each person has."""

from __future__ import annotations

import argparse

from samband.cli.folder import add_folder, on_ground
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

    async def work(ground: Ground) -> Standing:
        standing = assess(await facts_of(ground))
        if not arguments.user:
            return standing
        person = await ground.people.find(arguments.user)
        upn = person.userPrincipalName
        return Standing(standing.steps, {upn: standing.features[upn]})

    print(standing_text(on_ground(arguments.folder, work)))
    return 0
