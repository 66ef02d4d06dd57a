"""Start a seeded organisation on loopback, for trying clients and for tests."""

from __future__ import annotations

import argparse
import dataclasses
import errno
import shutil
import sys
import tempfile
from pathlib import Path

import msgspec
import uvloop

from samband.cli.demo_text import demo_table, demo_text
from samband.cli.init import write_site
from samband.demo_seeds import add_people, add_rooms, seed
from samband.deployment.logs import start_logging
from samband.deployment.network_settings import Listen, Media
from samband.deployment.policies import UNTHROTTLED
from samband.deployment.settings import Log
from samband.deployment.site_file import read_site
from samband.ground import open_ground
from samband.net.background import Ready, in_background
from samband.net.lifetime import lifetime
from samband.net.only_server import only_server
from samband.serve import administer, introduce, serve_site
from samband.serve.faults import Faults
from samband.serve.naming import publish
from samband.serve.paths import taken_ports
from samband.serve.step_work import StepWork

DOMAIN = "contoso.test"
NAME = "Contoso"
LOG = "demo.log"
"""In the demo's folder, what a demo in the background has to say."""

PORTS: dict[str, Listen] = {
    "default": Listen(
        https=18443,
        http=18080,
        smtp=18025,
        submission=18587,
        submissions=18465,
        sip_tls=15061,
        sip_tcp=15060,
        sip_udp=15060,
        sip_servers=15062,
        dns=15353,
    ),
    "standard": Listen(sip_servers=5062, dns=53),
    "free": Listen(
        https=0, http=0, smtp=0, submission=0, submissions=0, sip_tls=0, sip_tcp=0, sip_udp=0, sip_servers=0, dns=0
    ),
}
_ADDRESSES = {"default": "127.0.0.1", "standard": "127.0.0.31", "free": "127.0.0.1"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband demo``."""
    parser.add_argument(
        "--ports",
        choices=sorted(PORTS),
        default="default",
        help="standard: 443, 80, 25, 53, 5060 to 5062 (as root); free: whichever are free; default: fixed high ports",
    )
    parser.add_argument("--address", help="where to listen; default 127.0.0.1, with standard ports 127.0.0.31")
    parser.add_argument("--language", default="en", help="of mailboxes' default folders, such as da-DK; default: en")
    parser.add_argument(
        "--seed", choices=("people", "full"), default="full", help="people: without rooms; default: full"
    )
    parser.add_argument("--janus", default="", metavar="URL", help="of a Janus server: meetings have audio and video")
    parser.add_argument("--janus-secret-file", type=Path, metavar="FILE", help="with its api_secret")
    parser.add_argument("--janus-room-key-file", type=Path, metavar="FILE", help="with its VideoRoom's admin_key")
    parser.add_argument(
        "--turn", action="append", default=[], metavar="URL", help="of a TURN server, such as turn:HOST"
    )
    parser.add_argument("--turn-secret-file", type=Path, metavar="FILE", help="with its static-auth-secret")
    parser.add_argument("--json", action="store_true", help="one line of JSON on standard output when ready")
    parser.add_argument(
        "--background",
        action="store_true",
        help="go on when this command ends: it ends when the demo is ready, having said how to stop it",
    )
    parser.add_argument("--log", choices=("debug", "info", "warning", "error"), default="warning")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the demo until SIGTERM, SIGINT, or (where it is not in the background) the end of what started it."""
    start_logging(Log(level=arguments.log))
    listen = _listen(arguments.ports, arguments.address or _ADDRESSES[arguments.ports])
    folder = Path(tempfile.mkdtemp(prefix="samband-demo-"))
    if arguments.background:
        return in_background(folder / LOG, lambda ready: _run(arguments, listen, folder, ready))
    return _run(arguments, listen, folder, lambda words: print(words, flush=True))


def _run(arguments: argparse.Namespace, listen: Listen, folder: Path, ready: Ready) -> int:
    try:
        # Lists stay where tests put them; `samband ucs migrate` moves one.
        write_site(
            folder,
            NAME,
            DOMAIN,
            listen,
            ucs_allowed=False,
            language=arguments.language,
            throttling=UNTHROTTLED,
            media=_media(arguments),
        )
        with only_server(folder):
            uvloop.run(_demo(arguments, folder, ready))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _media(arguments: argparse.Namespace) -> Media:
    def path(file: Path | None) -> str:
        return str(file.resolve()) if file is not None else ""

    return Media(
        janus=arguments.janus,
        janus_secret_file=path(arguments.janus_secret_file),
        janus_room_key_file=path(arguments.janus_room_key_file),
        turn=tuple(arguments.turn),
        turn_secret_file=path(arguments.turn_secret_file),
    )


def _listen(choice: str, address: str) -> Listen:
    """The listeners, every free port found: addresses stand in what the two sides know of each other."""
    wanted = msgspec.structs.replace(PORTS[choice], address=address)
    try:
        taken = dataclasses.asdict(taken_ports(wanted, probe=True))
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise OSError(error.errno, f"{error.strerror}; --ports free takes whichever are free") from None
    return msgspec.structs.replace(wanted, **{name: "off" if port is None else port for name, port in taken.items()})


async def _demo(arguments: argparse.Namespace, folder: Path, ready: Ready) -> None:
    with lifetime(with_parent=not arguments.background) as stopped:
        async with open_ground(folder, read_site(folder)) as ground:
            async with administer(ground) as trusts:
                await introduce(trusts)
            await add_people(ground)
            if arguments.seed == "full":
                await add_rooms(ground)
            async with serve_site(ground, Faults()) as served:
                await seed(ground, served)
                await publish(ground, served.places)
                await StepWork(ground).do(5)
                log = folder / LOG if arguments.background else None
                if arguments.json:
                    ready(msgspec.json.encode(demo_table(ground, served.places, log)).decode())
                else:
                    ready(demo_text(ground, served.places, log))
                print(f"samband demo: stopping ({await stopped})", file=sys.stderr, flush=True)
