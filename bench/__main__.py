"""``python -m bench [ews|sip] [--seconds 3] [--runs 5] [--only NAME] [--floor PROGRAM]``."""

from __future__ import annotations

import argparse

from bench import ews


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description="Samband beside its floors, in one run.")
    parser.add_argument("what", nargs="?", choices=("ews",), default="ews")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one run")
    parser.add_argument("--runs", type=int, default=5, help="runs of each; the median is printed")
    parser.add_argument("--only", default="", help="scenarios whose name has this in it")
    parser.add_argument(
        "--floor", default="", help="another EWS server to load beside ours: a program that takes a port"
    )
    arguments = parser.parse_args()
    ews.run(arguments.seconds, arguments.runs, arguments.only, arguments.floor)


if __name__ == "__main__":
    main()
