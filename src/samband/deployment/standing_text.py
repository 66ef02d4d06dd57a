"""The standing of a site as text: six steps, then a row a person."""

from __future__ import annotations

from samband.deployment.steps import Feature, Standing, State

_MARKS = {State.DONE: "x", State.PARTLY: "/", State.UNDONE: " ", State.NOT_REQUIRED: "-"}
_MOST = 5


def standing_text(standing: Standing) -> str:
    """Lines for a terminal, without colour."""
    lines = ["Steps"]
    for step in standing.steps:
        lines.append(f"  [{_MARKS[step.state]}] {step.number} {step.title}: {step.state}")
        lines += [f"        {reason}" for reason in step.missing[:_MOST]]
        if len(step.missing) > _MOST:
            lines.append(f"        and {len(step.missing) - _MOST} more")
    lines += ["", "Features"]
    names: dict[tuple[Feature, ...], list[str]] = {}
    for name, features in standing.features.items():
        names.setdefault(features, []).append(name)
    for features, people in names.items():
        lines.append("  " + ", ".join(people))
        for feature in features:
            lines.append(f"    {feature.name:24} {'on' if feature.on else 'off: ' + feature.why}")
    return "\n".join(lines)
