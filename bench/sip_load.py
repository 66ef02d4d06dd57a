"""A SIP load generator over TCP or TLS: a process of its own with a closed loop.

``python -m bench.sip_load PORT register|message|presence|signin --seconds 3 --users 1000 ...`` prints one line of JSON.
The people are ``u0`` and on at ``bench.test``; they share the connections. What a scenario needs beforehand (everyone
registered, everyone subscribed) happens before the clock and the server's CPU time are looked at.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import time
from typing import Any

import uvloop

from bench.sip_lines import PATIENCE, Load
from bench.sip_scenarios import SCENARIOS, summary


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """One scenario."""
    load = Load(options)
    await load.connect()
    try:
        return await SCENARIOS[options.scenario](load)
    except TimeoutError:
        load.fail(b"no answer for %d s" % PATIENCE)
        return summary(load, [], 1.0, 0.0)
    finally:
        load.close()
        await asyncio.sleep(0)


def options_of(words: list[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--users", type=int, default=1000, help="endpoints")
    parser.add_argument("--people", type=int, default=0, help="whose they are, in turn; none: each has one")
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--sign", choices=("NTLM", "TLS-DSK"), default="", help="speak as Lync clients that sign")
    parser.add_argument("--folder", default="", help="where the certificates for TLS-DSK are")
    parser.add_argument("--watchers", type=int, default=100)
    parser.add_argument("--publishers", type=int, default=1, help="who are watched, each by so many")
    parser.add_argument("--window", type=int, default=32)
    parser.add_argument("--password", default="pw")
    parser.add_argument("--stamp", default=f"{time.time_ns():x}", help="makes Call-IDs unique between runs")
    parser.add_argument("--pids", type=int, nargs="*", default=[], help="whose CPU time is read")
    parser.set_defaults(lync=False)
    return parser.parse_args(words)


if __name__ == "__main__":
    gc.disable()
    print(json.dumps(uvloop.run(run(options_of()))))
