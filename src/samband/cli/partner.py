"""Add, list or remove partner applications: who is trusted with server-to-server tokens."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from samband.cli.folder import add_folder, on_ground
from samband.ground import Ground
from samband.model.failures import Failure
from samband.serve import administer
from samband.serve.trust import SIDES, SideTrust
from samband.trust.oauth.partner import Partner
from samband.trust.oauth.partners import PartnerError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband partner``."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    add = verbs.add_parser("add", help="trust an application by its metadata document")
    add_folder(add)
    add.add_argument("name", help="a name for it here, such as lync")
    add.add_argument("--on", choices=sorted(SIDES), help="the side that is to trust it; default: the other than NAME")
    add.add_argument("--metadata-url", help="default for lync and exchange: that side of this site")
    add.set_defaults(run=_add)
    remove = verbs.add_parser("remove", help="trust an application no more, from this moment")
    add_folder(remove)
    remove.add_argument("name")
    remove.add_argument("--on", choices=sorted(SIDES), help="the side that trusted it, where both have the name")
    remove.set_defaults(run=_remove)
    everyone = verbs.add_parser("list", help="list who is trusted by whom")
    add_folder(everyone)
    everyone.set_defaults(run=_list)


def _add(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> tuple[str, Partner]:
        async with administer(ground) as trusts:
            on = arguments.on or next((side for side in sorted(trusts) if side != arguments.name.lower()), "")
            url = arguments.metadata_url or _own_url(trusts, arguments.name)
            return on, await _side(trusts, on).partners.add_by_metadata(arguments.name, url)

    try:
        on, partner = on_ground(arguments.folder, work)
    except PartnerError as error:
        raise Failure("PartnerError", str(error)) from None
    print(f"{on} trusts {partner.issuer} as {arguments.name}")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> str:
        async with administer(ground) as trusts:
            holders = [
                side
                for side, trust in trusts.items()
                if arguments.on in (None, side) and arguments.name in (one.row.name for one in trust.partners.all())
            ]
            if not holders:
                raise Failure("NotFound", f"no side has a partner application named {arguments.name}")
            if len(holders) > 1:
                raise Failure("Ambiguous", f"both sides have a partner named {arguments.name}; say --on SIDE")
            await trusts[holders[0]].partners.remove(arguments.name)
            return holders[0]

    print(f"{on_ground(arguments.folder, work)} no longer trusts {arguments.name}")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> list[tuple[str, Partner]]:
        async with administer(ground) as trusts:
            return [(side, partner) for side, trust in sorted(trusts.items()) for partner in trust.partners.all()]

    for side, partner in on_ground(arguments.folder, work):
        state = "" if partner.row.enabled else " (switched off)"
        print(f"{side:10} trusts {partner.row.name:12} {partner.issuer} {partner.row.trust_level}{state}")
        print(f"{'':10} {partner.row.metadata_url or 'by certificate'}")
    return 0


def _own_url(trusts: Mapping[str, SideTrust], name: str) -> str:
    side = trusts.get(name.lower())
    if side is None:
        raise Failure("PartnerError", f"say where {name} is: --metadata-url https://HOST/metadata/json/1")
    return side.metadata_url


def _side(trusts: Mapping[str, SideTrust], name: str) -> SideTrust:
    if name not in trusts:
        raise Failure("PartnerError", "this site does not run that side; say --on exchange or --on lync")
    return trusts[name]
