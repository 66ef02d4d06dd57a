"""Changing the owner's contact list as it is now, whoever else changes it meanwhile."""

from __future__ import annotations

from samband.lync.ucwa.part import Place
from samband.model.contacts import Change, ContactDelta, StaleDelta
from samband.model.failures import Failure
from samband.wire.ucwa.errors import UcwaError

_TRIES = 5


async def change_list(place: Place, work: Change, limit: str = "TooManyGroups") -> ContactDelta:
    """Make one change; it is on disk. ``limit`` is the subcode where the list is full. Raises ``UcwaError``."""
    person, verb = place.person, place.verbs.contacts
    for _ in range(_TRIES):
        try:
            return await verb.change(person, (await verb.get(person)).delta, work)
        except StaleDelta:
            continue
        except Failure as failure:
            if failure.code not in ("Conflict", "LimitExceeded"):
                raise
            subcode = "AlreadyExists" if failure.code == "Conflict" else limit
            raise UcwaError("Conflict", failure.text, subcode) from None
    raise UcwaError("Conflict", "The contact list is changed by others all the time")
