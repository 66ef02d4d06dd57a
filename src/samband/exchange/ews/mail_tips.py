"""GetMailTips and GetServiceConfiguration."""

from __future__ import annotations

from typing import TypeVar

from samband.exchange.actions.mail_tips import MAX_MESSAGE, Tips
from samband.exchange.ews.call import Call, refusal
from samband.model.failures import Failure
from samband.wire.ews.mail_tips import (
    NO_NUDGES_CONFIGURATION,
    NO_VOICE_CONFIGURATION,
    MailTipsRequest,
    TipsView,
    read_acting_as,
    read_configurations,
    read_mail_tips,
    write_configurations,
    write_mail_tips,
    write_protection_configuration,
    write_tips_configuration,
)
from samband.wire.ews.responses import write_single, write_single_refused
from samband.wire.xml.reading import Element

T = TypeVar("T")


async def get_mail_tips(call: Call, element: Element) -> str:
    """What to know of recipients before writing to them; of strangers nothing is known."""
    request = read_mail_tips(element)
    try:
        await call.exchange.mail_tips.check(call.caller, request.sender)
        found = await call.exchange.mail_tips.of(request.recipients)
    except Failure as failure:
        return write_single_refused("GetMailTips", refusal(failure))
    return write_single("GetMailTips", write_mail_tips(_view(request, one) for one in found))


def _view(request: MailTipsRequest, tips: Tips) -> TipsView:
    known = tips.person is not None

    def said(tip: str, value: T) -> T | None:
        return value if known and request.asks(tip) else None

    return TipsView(
        address=tips.address,
        name=tips.person.displayName if tips.person is not None else "",
        away=said("OutOfOfficeMessage", tips.away),
        away_from=tips.away_from,
        away_until=tips.away_until,
        full=said("MailboxFullStatus", False),
        total_members=said("TotalMemberCount", 1),
        external_members=said("ExternalMemberCount", 0),
        max_size=said("MaxMessageSize", MAX_MESSAGE),
        restricted=said("DeliveryRestriction", False),
        moderated=said("ModerationStatus", False),
        invalid=tips.invalid if request.asks("InvalidRecipient") else None,
    )


async def get_service_configuration(call: Call, element: Element) -> str:
    """What the services of a mailbox allow; of those that are not there, nothing."""
    asked = read_configurations(element)
    sender = read_acting_as(element)
    if "MailTips" in asked and sender is None:
        failure = Failure("ErrorInvalidArgument", "An ActingAs sender is required for this configuration.")
        return write_single_refused("GetServiceConfiguration", refusal(failure))
    domains = call.exchange.mail_tips.domains()
    written = {
        "MailTips": write_tips_configuration(MAX_MESSAGE, domains),
        "UnifiedMessagingConfiguration": NO_VOICE_CONFIGURATION,
        "ProtectionRules": write_protection_configuration(domains),
        "PolicyNudges": NO_NUDGES_CONFIGURATION,
    }
    return write_single("GetServiceConfiguration", write_configurations(written.get(name, "") for name in asked))
