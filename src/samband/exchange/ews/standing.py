"""What clients ask of accounts: when a password expires."""

from __future__ import annotations

from samband.exchange.ews.call import Call, refusal
from samband.model.failures import Failure
from samband.wire.ews.names import M
from samband.wire.ews.responses import write_single, write_single_refused
from samband.wire.xml.reading import Element, text
from samband.wire.xml.values import write_instant

_NEVER = "9999-12-31T23:59:59Z"


async def get_password_expiration_date(call: Call, element: Element) -> str:
    """When the password of a mailbox's owner expires; the last day there is where it never does."""
    address = text(element.find(M + "MailboxSmtpAddress")).strip()
    try:
        mailbox = call.exchange.access.mailbox(call.caller, address)
    except Failure as failure:
        date = f"<m:PasswordExpirationDate>{_NEVER}</m:PasswordExpirationDate>"
        return write_single_refused("GetPasswordExpirationDate", refusal(failure), date)
    owner = call.exchange.directory.by_mailbox(mailbox)
    until = call.password_expires(owner.objectGUID) if owner is not None else None
    said = _NEVER if until is None else write_instant(until)
    return write_single("GetPasswordExpirationDate", f"<m:PasswordExpirationDate>{said}</m:PasswordExpirationDate>")
