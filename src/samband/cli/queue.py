"""List, retry or drop the mail of a site that waits to be sent to other organisations."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

import msgspec

from samband.cli.folder import add_folder, on_ground
from samband.ground import Ground
from samband.model.failures import Failure
from samband.model.outbound import Queued, Waiting
from samband.store import outbound


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband queue``."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    everything = verbs.add_parser(
        "list", help="list what waits: who it is for, when it is tried next, and why it waits"
    )
    add_folder(everything)
    everything.add_argument("--json", action="store_true", help="one line of JSON a message")
    everything.set_defaults(run=_list)
    retry = verbs.add_parser("retry", help="try messages now (all, where none is named)")
    add_folder(retry)
    retry.add_argument("message", nargs="*", type=_number)
    retry.set_defaults(run=_retry)
    drop = verbs.add_parser("drop", help="forget messages; nobody is told")
    add_folder(drop)
    drop.add_argument("message", nargs="+", type=_number)
    drop.set_defaults(run=_drop)


def _number(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no message; samband queue list DIR shows them") from None


def _list(arguments: argparse.Namespace) -> int:
    found = on_ground(arguments.folder, lambda ground: ground.store.read(outbound.every))
    for one in found:
        if arguments.json:
            print(msgspec.json.encode(_table(one)).decode())
            continue
        print(f"{one.id:x}  {_time(one.created)}  from {one.sender or '<>'}: {one.subject}")
        for person in one.recipients:
            print(f"    {person.address}  {_standing(person)}")
    if not found and not arguments.json:
        print("nothing waits")
    return 0


def _table(one: Queued) -> dict[str, object]:
    return {"message": f"{one.id:x}", "sender": one.sender, "subject": one.subject, "recipients": one.recipients}


def _standing(person: Waiting) -> str:
    if not person.attempts:
        return "not tried yet"
    times = "once" if person.attempts == 1 else f"{person.attempts} times"
    return f"tried {times}, next at {_time(person.next_attempt)}: {person.last_reply}"


def _time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%SZ}"


def _retry(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> int:
        return await ground.store.write(lambda tx: outbound.retry(tx, arguments.message))

    count = on_ground(arguments.folder, work)
    if arguments.message and not count:
        raise Failure("NotQueued", "none of these messages waits; samband queue list DIR shows what does")
    print(f"{count} recipient{'' if count == 1 else 's'} will be tried now")
    return 0


def _drop(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> int:
        return await ground.store.write(lambda tx: sum(outbound.drop(tx, one) for one in arguments.message))

    count = on_ground(arguments.folder, work)
    if not count:
        raise Failure("NotQueued", "none of these messages waits; samband queue list DIR shows what does")
    print(f"dropped {count} message{'' if count == 1 else 's'}")
    return 0
