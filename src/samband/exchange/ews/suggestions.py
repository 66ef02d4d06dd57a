"""The suggestions of GetUserAvailability."""

from __future__ import annotations

from datetime import tzinfo

from samband.exchange.actions.suggestions import Invited
from samband.exchange.ews.call import Call
from samband.model.freebusy import DIGITS
from samband.model.item_values import FreeBusy
from samband.model.suggestions import Conflict, Options, Quality, Role
from samband.wire.ews import availability as wire

_NAMES = {
    "GoodThreshold": "good_threshold",
    "MaximumResultsByDay": "maximum_by_day",
    "MaximumNonWorkHourResultsByDay": "maximum_non_work_by_day",
    "MeetingDurationInMinutes": "minutes",
}
_BUSY = {str(digit): state.value for state, digit in DIGITS.items() if state is not FreeBusy.WORKING_ELSEWHERE}


async def suggestion_days(call: Call, wish: wire.SuggestionsWish, zone: tzinfo) -> list[str]:
    """The written days of suggestions, in ``zone``. A request that makes no sense ends in a fatal ``Failure``."""
    start, end = (wire.read_moment(moment, zone) for moment in wish.window)
    said = {_NAMES[name]: number for name, number in wish.numbers.items()}
    current = None if wish.current is None else int(wire.read_moment(wish.current, zone).timestamp())
    minimum = Quality(wire.QUALITIES.index(wish.minimum)) if wish.minimum else Quality.FAIR
    invited = [Invited(address, Role(role), exclude) for address, role, exclude in wish.invited]
    options = Options(**said, current=current, minimum=minimum)
    found = await call.exchange.suggestions.get(call.caller, invited, options, (start, end), zone)
    text = wire.local_text(zone)
    return [
        wire.write_suggestion_day(
            text(day.start),
            wire.QUALITIES[day.quality],
            (
                wire.write_suggestion(
                    text(one.start), one.work, wire.QUALITIES[one.quality], map(_conflict, one.conflicts)
                )
                for one in day.suggestions
            ),
        )
        for day in found
    ]


def _conflict(one: Conflict) -> str:
    party = one.party
    if party.members is None:
        return wire.write_unknown_conflict()
    if party.too_big:
        return wire.write_big_group_conflict()
    if not party.group:
        return wire.write_individual_conflict(_BUSY[one.digits])
    free, unknown = one.digits.count("0"), one.digits.count("4")
    return wire.write_group_conflict(len(one.digits), free, len(one.digits) - free - unknown, unknown)
