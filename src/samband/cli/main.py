"""The command line: one module a command, one sentence for what went wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from types import ModuleType

from samband.cli import (
    application,
    check,
    demo,
    dns,
    exports,
    federation,
    group,
    imports,
    init,
    meeting,
    owa,
    partner,
    queue,
    right,
    room,
    serve,
    status,
    step,
    ucs,
    user,
)
from samband.deployment.setting_forms import SettingError
from samband.model.failures import Failure
from samband.store.api import StoreUnavailable
from samband.wire.sip.native import READER

COMMANDS: dict[str, ModuleType] = {
    "demo": demo,
    "init": init,
    "serve": serve,
    "status": status,
    "check": check,
    "user": user,
    "group": group,
    "room": room,
    "meeting": meeting,
    "partner": partner,
    "right": right,
    "ucs": ucs,
    "queue": queue,
    "import": imports,
    "dns": dns,
    "export": exports,
    "step": step,
    "owa": owa,
    "application": application,
    "federation": federation,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the process's exit status: 0, 1 for a refusal, 2 for wrong words on the command line."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except SettingError as error:
        return _refuse(str(error))
    except Failure as failure:
        return _refuse(failure.text)
    except StoreUnavailable as error:
        return _refuse(" ".join(str(error).split()))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _refuse(f"{where}{error.strerror or error}")
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="samband", description="One organisation's mail and real-time communication, joined."
    )
    reads = f"samband {version('samband')}; SIP is read in {READER}"
    parser.add_argument("--version", action="version", version=reads)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or "").strip().splitlines()[0]
        command = commands.add_parser(name, help=summary, description=summary)
        module.add_arguments(command)
    return parser


def _refuse(sentence: str) -> int:
    print(f"samband: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
