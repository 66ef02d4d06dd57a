"""Changes of extended properties that are another name for an ordinary one."""

from __future__ import annotations

from samband.exchange.ews.mirrors import edits_of
from samband.model.item_edits import apply
from samband.model.item_properties import MessageProperties
from samband.model.item_requests import EditAction
from samband.model.item_values import Flag, FlagStatus
from samband.model.items import ItemKind

FLAG = "0x1090:Integer"


def test_the_last_number_of_a_flag_counts_whether_it_is_a_state_or_not() -> None:
    message = MessageProperties(subject="Flagged")
    for value, kept, status in (
        ("224", {FLAG: "224"}, FlagStatus.NOT_FLAGGED),
        ("2", {}, FlagStatus.FLAGGED),
    ):
        message = apply(message, edits_of(ItemKind.MESSAGE, EditAction.SET, FLAG, value, "x"))
        assert (dict(message.extended), message.flag) == (kept, Flag(status))
