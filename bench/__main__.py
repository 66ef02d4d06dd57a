"""``python -m bench ews|sip|sip-model|scale [--seconds 3] [--runs 5] [--only NAME] [--peer kamailio] ...``."""

from __future__ import annotations

import argparse

from bench import ews, scale, sip, sip_model
from bench.processes import Server


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description="Samband beside floors and peers, in one run.")
    parser.add_argument("what", nargs="?", choices=("ews", "sip", "sip-model", "scale", "all"), default="all")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one run")
    parser.add_argument("--runs", type=int, default=5, help="runs of each; the median is printed")
    parser.add_argument("--only", default="", help="scenarios whose name has this in it")
    parser.add_argument("--floor", default="", help="EWS: another server to load, a program that takes a port")
    parser.add_argument("--peer", choices=(sip.KAMAILIO,), default="", help="SIP: a server to start beside ours")
    parser.add_argument("--users", type=int, default=20_000, help="sip-model: how many users there are")
    parser.add_argument("--haste", type=float, default=1.0, help="sip-model: how many times as much they do")
    parser.add_argument("--plain", action="store_true", help="sip-model: Digest over TCP, nothing signed")
    parser.add_argument("--peer-port", type=int, default=0, help="SIP: another server to load, on this TCP port")
    parser.add_argument("--peer-pids", default="", help="SIP: its processes, with commas: their CPU time is read")
    parser.add_argument("--sizes", default="1000,10000,100000", help="scale: how many messages the mailboxes hold")
    options = parser.parse_args()
    if options.what in ("ews", "all"):
        ews.run(options.seconds, options.runs, options.only, options.floor)
    if options.what in ("scale", "all"):
        scale.run([int(size) for size in options.sizes.split(",")], options.runs)
    if options.what in ("sip", "all"):
        pids = tuple(int(pid) for pid in options.peer_pids.split(",") if pid)
        peer = Server("peer", pids, options.peer_port) if options.peer_port else None
        sip.run(options.seconds, options.runs, options.only, options.peer, peer)
    if options.what in ("sip-model", "all"):
        sip_model.run(options.users, max(30.0, options.seconds), "" if options.plain else "NTLM", options.haste)


if __name__ == "__main__":
    main()
