"""Judging what a publisher asks for, and making instances of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from samband.model.failures import Failure
from samband.model.presence import Conflict, Draft, ExpireType, Instance, Key

MAX_CONTENT = 64 * 1024


class Stale(Failure):
    """Some of a request was written against old versions; nothing was changed."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        super().__init__("WrongDelta", "The publication was changed meanwhile")
        self.conflicts = tuple(conflicts)


def check(drafts: Sequence[Draft], current: Mapping[Key, Instance], *, signed_in: bool) -> None:
    """Whether all of ``drafts`` may be published over ``current``, one after the other.

    ``signed_in``: the endpoint that asks is registered. Raises ``Stale`` and ``Failure``.
    """
    versions = {draft.key: current[draft.key].version if draft.key in current else 0 for draft in drafts}
    conflicts = []
    for index, draft in enumerate(drafts, 1):
        if draft.version != versions[draft.key]:
            conflicts.append(Conflict(index, draft.version, versions[draft.key]))
        else:
            versions[draft.key] = 0 if draft.removes else draft.version + 1
    if conflicts:
        raise Stale(conflicts)
    for draft in drafts:
        if len(draft.content) > MAX_CONTENT:
            raise Failure("LimitExceeded", f"A publication has at most {MAX_CONTENT} characters")
        if draft.expire_type is ExpireType.TIME and draft.lifetime is None:
            raise Failure("BadRequest", "A time-bound publication needs its time")
        if draft.expire_type is ExpireType.ENDPOINT and not draft.removes and not signed_in:
            raise Failure("NotRegistered", "The endpoint is not signed in")


def made(draft: Draft, version: int, now: datetime) -> Instance:
    """The instance that ``draft`` becomes."""
    timed = draft.expire_type is ExpireType.TIME and draft.lifetime is not None
    return Instance(
        category=draft.category,
        instance=draft.instance,
        container=draft.container,
        version=version,
        published=now,
        expire_type=draft.expire_type,
        content=draft.content,
        value=draft.value,
        expires=now + timedelta(seconds=draft.lifetime or 0) if timed else None,
    )
