"""GetUserOofSettings and SetUserOofSettings."""

from __future__ import annotations

from datetime import UTC, datetime

from samband.exchange.ews.call import Call, refusal
from samband.model.failures import Failure
from samband.model.oof import ExternalAudience, OofSettings, OofState
from samband.wire.ews.oof import read_mailbox, read_settings, write_set, write_settings
from samband.wire.xml.reading import Element

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


async def get_user_oof_settings(call: Call, element: Element) -> str:
    """GetUserOofSettings [MS-OXWOOF]."""
    found = await call.exchange.oof.get(call.caller, read_mailbox(element))
    return write_settings(
        found.state,
        found.audience,
        found.start or _NEVER,
        found.end or _NEVER,
        found.internal_reply,
        found.external_reply,
    )


async def set_user_oof_settings(call: Call, element: Element) -> str:
    """SetUserOofSettings [MS-OXWOOF]."""
    address, wish = read_mailbox(element), read_settings(element, call.zone)
    settings = OofSettings(
        state=OofState(wish.state),
        audience=ExternalAudience(wish.audience),
        start=wish.start,
        end=wish.end,
        internal_reply=wish.internal_reply or "",
        external_reply=wish.external_reply or "",
    )
    try:
        await call.exchange.oof.set(
            call.caller,
            address,
            settings,
            keep_internal_reply=wish.internal_reply is None,
            keep_external_reply=wish.external_reply is None,
        )
    except Failure as failure:
        return write_set(refusal(failure))
    return write_set()
