"""``python -m tests.fuzz NAME``: mutate the corpus, keep what reaches new lines, stop at what must not be."""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
import traceback
from pathlib import Path

from tests.fuzz.mutations import mutated
from tests.fuzz.reached import Reached
from tests.fuzz.targets import TARGETS, Target

LONGEST_KEPT = 4096
"""Bytes of what joins the corpus."""


def run(target: Target, seconds: float, seed: int) -> int:
    """Fuzz; how many inputs failed. Each of them is written to a file in the current folder."""
    dice = random.Random(seed)
    corpus = target.corpus()
    reached = Reached(target.folders)
    for data in corpus:
        reached.by(lambda data=data: target.check(data))  # type: ignore[misc]
    started, tried, kept, told = time.monotonic(), 0, 0, 0.0
    failures: dict[str, bytes] = {}
    print(f"{target.name}: {len(corpus)} in the corpus, {len(reached.lines)} lines", flush=True)
    while (passed := time.monotonic() - started) < seconds:
        data = mutated(dice.choice(corpus), corpus, target.words, dice)
        tried += 1
        try:
            fresh = reached.by(lambda data=data: target.check(data))  # type: ignore[misc]
        except Exception as error:
            _fail(target, data, error, failures)
            continue
        if fresh and len(data) <= LONGEST_KEPT:
            kept += 1
            corpus.append(data)
            (target.folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
        if passed > told + 30:
            told = passed
            print(f"{passed:.0f} s: {tried} tried, {kept} kept, {len(reached.lines)} lines", flush=True)
    print(
        f"{target.name}: {tried} tried in {seconds:.0f} s, {kept} kept, {len(reached.lines)} lines, "
        f"{len(failures)} kinds of failure",
        flush=True,
    )
    return len(failures)


def _fail(target: Target, data: bytes, error: Exception, failures: dict[str, bytes]) -> None:
    """Tell of a failure once for each place it comes from."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    kind = f"{type(error).__name__} {place.filename}:{place.lineno}"
    if kind not in failures:
        failures[kind] = data
        path = Path(f"fuzz-{target.name}-{len(failures)}.bin")
        path.write_bytes(data)
        print(f"{kind}: {str(error)[-600:]}\n  input in {path}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=None, help="for the same run again; otherwise any")
    asked = parser.parse_args()
    seed = random.randrange(2**32) if asked.seed is None else asked.seed
    print(f"seed {seed}", flush=True)
    return min(run(TARGETS[asked.target], asked.minutes * 60, seed), 1)


if __name__ == "__main__":
    sys.exit(main())
