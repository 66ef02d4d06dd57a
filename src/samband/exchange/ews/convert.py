"""ConvertId."""

from __future__ import annotations

from samband.exchange.ews.answers import refused
from samband.exchange.ews.call import Call
from samband.model.failures import Failure
from samband.wire.ews.convert import GivenAlternateId, read_convert_id, write_alternate_id
from samband.wire.ews.responses import Refusal, write_batch
from samband.wire.xml.reading import Element


async def convert_id(call: Call, element: Element) -> str:
    """ConvertId: one message for each identifier. What it names need not be there any more."""
    wanted, given = read_convert_id(element)
    return write_batch("ConvertId", [_converted(call, one, wanted) for one in given])


def _converted(call: Call, given: GivenAlternateId, wanted: str) -> str | Refusal:
    if given.text is not None and given.entry:
        return write_alternate_id(given.text, wanted, given.mailbox, given.entry)
    if given.text is None or given.id is None:
        legacy = given.format == "EwsLegacyId"
        code = "ErrorInvalidIdMalformedEwsLegacyIdFormat" if legacy else "ErrorInvalidIdMalformed"
        return Refusal(code, "Id is malformed.")
    try:
        call.exchange.access.check(call.caller, given.id.mailbox)
    except Failure as failure:
        return refused(failure)
    owner = call.exchange.directory.by_mailbox(given.id.mailbox)
    archive = owner is not None and owner.msExchArchiveGUID == given.id.mailbox
    return write_alternate_id(given.text, wanted, owner.primary_smtp if owner else given.mailbox, archive=archive)
