"""Add, list or remove trusted applications: servers that Lync takes at their word (step 5, the Lync side's part)."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import TypeVar

from samband.cli.folder import add_folder, on_ground
from samband.ground import Ground
from samband.lync.actions.trusted_applications import TrustedApplications
from samband.model.instant_messaging import OWA_APPLICATION, OWA_PORT

T = TypeVar("T")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband application``."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for name, words, run in (
        ("add", "trust whoever shows a certificate with this name", _add),
        ("remove", "trust it no more, from this moment", _remove),
    ):
        verb = verbs.add_parser(name, help=words)
        add_folder(verb)
        verb.add_argument("pool", metavar="FQDN", help="the name in the application's certificate")
        verb.add_argument("--id", default=OWA_APPLICATION, help=f"its identifier; default: {OWA_APPLICATION}")
        if name == "add":
            verb.add_argument("--port", type=int, default=OWA_PORT, help=f"its port; default: {OWA_PORT}")
        verb.set_defaults(run=run)
    everything = verbs.add_parser("list", help="list who is trusted")
    add_folder(everything)
    everything.set_defaults(run=_list)


def _add(arguments: argparse.Namespace) -> int:
    one = _with(arguments, lambda known: known.add(arguments.pool, arguments.id, arguments.port))
    print(f"Lync trusts the application {one.application_id} of {one.pool_fqdn}")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    _with(arguments, lambda known: known.remove(arguments.pool, arguments.id))
    print(f"Lync no longer trusts the application {arguments.id} of {arguments.pool}")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    async def everyone(known: TrustedApplications) -> None:
        for one in known.all():
            print(f"{one.pool_fqdn:32} {one.application_id:16} {one.port}")

    _with(arguments, everyone)
    return 0


def _with(arguments: argparse.Namespace, work: Callable[[TrustedApplications], Awaitable[T]]) -> T:
    async def on(ground: Ground) -> T:
        known = TrustedApplications(ground.store, ground.feed)
        try:
            await known.start()
            return await work(known)
        finally:
            known.close()

    return on_ground(arguments.folder, on)
