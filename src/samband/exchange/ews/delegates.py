"""GetDelegate. Nobody has delegates, and clients are told so as Exchange tells them."""

from __future__ import annotations

from samband.exchange.ews.call import Call, refusal
from samband.model.failures import Failure
from samband.wire.ews.delegates import GivenUser, read_get_delegate, write_delegates
from samband.wire.ews.responses import write_single, write_single_refused
from samband.wire.xml.reading import Element


async def get_delegate(call: Call, element: Element) -> str:
    """The delegates of a mailbox, or what of the users asked about is none."""
    address, users = read_get_delegate(element)
    try:
        call.exchange.access.mailbox(call.caller, address)
    except Failure as failure:
        return write_single_refused("GetDelegate", refusal(failure))
    return write_single("GetDelegate", write_delegates(refusal(_no_delegate(call, user)) for user in users))


def _no_delegate(call: Call, user: GivenUser) -> Failure:
    if user.sid:
        return Failure("ErrorInvalidUserSid", "The user's SID is invalid.")
    if call.exchange.directory.by_smtp(user.address) is None:
        return Failure("ErrorDelegateNoUser", "Delegate does not map to a user in the Active Directory.")
    return Failure("ErrorNotDelegate", "The user is not a delegate for the mailbox.")
