"""Say with which other organisations Lync speaks: allow, block or forget a domain, and let partners be discovered."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from cryptography import x509

from samband.cli.folder import add_folder, on_ground
from samband.ground import Ground
from samband.lync.actions.federation import Federation
from samband.model.failures import Failure

T = TypeVar("T")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband federation``."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for name, words, run in (
        ("allow", "speak with a domain", _allow),
        ("block", "speak with a domain, and with those below it, no more", _block),
        ("remove", "take a domain off the lists", _remove),
    ):
        verb = verbs.add_parser(name, help=words)
        add_folder(verb)
        verb.add_argument("domain", metavar="DOMAIN", help="a SIP domain, such as fabrikam.com")
        if name == "allow":
            verb.add_argument("--proxy", metavar="HOST[:PORT]", default="", help="its access edge; default: ask DNS")
            verb.add_argument("--ca", metavar="FILE", type=Path, help="who issues its certificates, in PEM")
        verb.set_defaults(run=run)
    everything = verbs.add_parser("list", help="list the domains")
    add_folder(everything)
    everything.set_defaults(run=_list)
    discovery = verbs.add_parser("discovery", help="whether to speak with domains on no list")
    add_folder(discovery)
    discovery.add_argument("switch", choices=("on", "off"))
    discovery.set_defaults(run=_discovery)


def _allow(arguments: argparse.Namespace) -> int:
    authorities = _authorities(arguments.ca) if arguments.ca is not None else ""
    one = _with(arguments, lambda known: known.allow(arguments.domain, arguments.proxy, authorities))
    print(f"Lync speaks with {one.domain}")
    return 0


def _authorities(file: Path) -> str:
    try:
        text = file.read_text("ascii")
        x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise Failure("InvalidCertificate", f"{file} holds no certificate in PEM") from None
    return text


def _block(arguments: argparse.Namespace) -> int:
    one = _with(arguments, lambda known: known.block(arguments.domain))
    print(f"Lync does not speak with {one.domain}")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    _with(arguments, lambda known: known.remove(arguments.domain))
    print(f"{arguments.domain} is on no list any more")
    return 0


def _discovery(arguments: argparse.Namespace) -> int:
    _with(arguments, lambda known: known.set_discovery(arguments.switch == "on"))
    print(f"Partner discovery is {arguments.switch}")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    async def everything(known: Federation) -> None:
        print(f"partner discovery {'on' if known.policy.discovery else 'off'}")
        for one in known.policy.domains:
            means = "blocked" if one.blocked else "allowed"
            trust = "own authorities" if one.authorities else ""
            print(f"{one.domain:32} {means:8} {one.proxy:32} {trust}".rstrip())

    _with(arguments, everything)
    return 0


def _with(arguments: argparse.Namespace, work: Callable[[Federation], Awaitable[T]]) -> T:
    async def on(ground: Ground) -> T:
        known = Federation(ground.store, ground.feed, ground.site.organisation.all_sip_domains)
        try:
            await known.start()
            return await work(known)
        finally:
            known.close()

    return on_ground(arguments.folder, on)
