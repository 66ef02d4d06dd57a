"""The standing of a site as text: six steps, then a row a person."""

from __future__ import annotations

from collections.abc import Iterable

from samband.deployment.steps import Feature, Standing, State, Step

_MARKS = {State.DONE: "x", State.PARTLY: "/", State.UNDONE: " ", State.NOT_REQUIRED: "-"}
_MOST = 5


def steps_text(steps: Iterable[Step]) -> str:
    """A line a step, and under it what is missing."""
    lines = []
    for step in steps:
        lines.append(f"  [{_MARKS[step.state]}] {step.number} {step.title}: {step.state}")
        lines += [f"        {reason}" for reason in step.missing[:_MOST]]
        if len(step.missing) > _MOST:
            lines.append(f"        and {len(step.missing) - _MOST} more")
    return "\n".join(lines)


def standing_text(standing: Standing) -> str:
    """Lines for a terminal, without colour."""
    lines = ["Steps", steps_text(standing.steps), "", "Features"]
    names: dict[tuple[Feature, ...], list[str]] = {}
    for name, features in standing.features.items():
        names.setdefault(features, []).append(name)
    for features, people in names.items():
        lines.append("  " + ", ".join(people))
        for feature in features:
            lines.append(f"    {feature.name:24} {'on' if feature.on else 'off: ' + feature.why}")
    return "\n".join(lines)
