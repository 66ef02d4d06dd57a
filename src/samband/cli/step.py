"""List, show, do or undo the six steps of the deployment."""

from __future__ import annotations

import argparse

from samband.cli.folder import add_folder, on_ground
from samband.deployment.standing_text import steps_text
from samband.deployment.steps import TITLES, Facts, assess, dependents
from samband.ground import Ground
from samband.serve.standing import facts_of
from samband.serve.step_work import StepWork

_MOST = 20
"""Lines of what was done that are printed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband step``."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    everything = verbs.add_parser("list", help="the six steps, and what is missing of each")
    add_folder(everything)
    everything.set_defaults(run=_list)
    for name, words, run in (
        ("show", "one step: what is missing, and which features hang on it for how many people", _show),
        ("do", "do a step; it takes effect at once", _do),
        ("undo", "undo a step; it takes effect at once", _undo),
    ):
        verb = verbs.add_parser(name, help=words)
        add_folder(verb)
        verb.add_argument("number", metavar="N", type=int, choices=sorted(TITLES), help="1 to 6")
        if name != "show":
            verb.add_argument("--user", default="", help="steps 2 and 3: this person only, by login")
        verb.set_defaults(run=run)


def _list(arguments: argparse.Namespace) -> int:
    print(steps_text(assess(on_ground(arguments.folder, facts_of)).steps))
    return 0


def _show(arguments: argparse.Namespace) -> int:
    facts = on_ground(arguments.folder, facts_of)
    print(steps_text([assess(facts).steps[arguments.number - 1]]))
    print(_hanging(facts, arguments.number))
    return 0


def _do(arguments: argparse.Namespace) -> int:
    return _work(arguments, done=True)


def _undo(arguments: argparse.Namespace) -> int:
    return _work(arguments, done=False)


def _work(arguments: argparse.Namespace, *, done: bool) -> int:
    async def work(ground: Ground) -> tuple[list[str], Facts, Facts]:
        before = await facts_of(ground)
        steps = StepWork(ground, arguments.user)
        said = await (steps.do if done else steps.undo)(arguments.number)
        return said, before, await facts_of(ground)

    said, before, after = on_ground(arguments.folder, work)
    print("\n".join(said[:_MOST] or ["nothing was left to do"]))
    if len(said) > _MOST:
        print(f"and {len(said) - _MOST} more")
    print(_difference(before, after))
    return 0


def _hanging(facts: Facts, number: int) -> str:
    counts = dependents(facts, number)
    if not counts:
        return "  no feature hangs on it here"
    return "\n".join(
        f"  {name:24} with this step: {_people(with_it)}; without: {_people(without)}"
        for name, (with_it, without) in counts.items()
    )


def _difference(before: Facts, after: Facts) -> str:
    """Which features came on or went off, for how many people."""
    lines = []
    first, then = _counts(before), _counts(after)
    for name, count in then.items():
        if count != first[name]:
            lines.append(
                f"  {name:24} {'on' if count > first[name] else 'off'} for {_people(abs(count - first[name]))}"
            )
    return "\n".join(lines or ["  no feature came on or went off"])


def _counts(facts: Facts) -> dict[str, int]:
    found: dict[str, int] = {}
    for features in assess(facts).features.values():
        for feature in features:
            found[feature.name] = found.get(feature.name, 0) + feature.on
    return found


def _people(count: int) -> str:
    return {0: "nobody", 1: "1 person"}.get(count, f"{count} people")
