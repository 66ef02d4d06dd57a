"""GetMailTips, and what GetServiceConfiguration says of them, on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from samband.wire.ews.fields.people import read_mailbox
from samband.wire.ews.names import M
from samband.wire.xml.reading import Element, at_most, bad_element, required, text
from samband.wire.xml.text import escape, escape_attribute
from samband.wire.xml.values import write_instant

MAX_RECIPIENTS = 50
"""How many recipients one request asks about."""
_TYPES = frozenset(
    {
        "All",
        "OutOfOfficeMessage",
        "MailboxFullStatus",
        "CustomMailTip",
        "ExternalMemberCount",
        "TotalMemberCount",
        "MaxMessageSize",
        "DeliveryRestriction",
        "ModerationStatus",
        "InvalidRecipient",
        "Scope",
        "RecipientSuggestions",
        "PreferAccessibleContent",
    }
)
_DAY_HOURS = 24
_CONFIGURATIONS = frozenset(
    {
        "MailTips",
        "UnifiedMessagingConfiguration",
        "ProtectionRules",
        "PolicyNudges",
        "SharePointURLs",
        "OfficeIntegrationConfiguration",
    }
)


@dataclass(frozen=True, slots=True)
class MailTipsRequest:
    """Who sends, to whom, and which tips are asked for (``All`` is every one)."""

    sender: str
    recipients: tuple[str, ...]
    asked: frozenset[str]

    def asks(self, tip: str) -> bool:
        """Whether ``tip`` is asked for."""
        return tip in self.asked or "All" in self.asked


@dataclass(frozen=True, slots=True)
class TipsView:
    """What to know before writing to ``address``; None for what was not asked, or is not known of strangers."""

    address: str
    name: str = ""
    away: str | None = None
    away_from: datetime | None = None
    away_until: datetime | None = None
    full: bool | None = None
    total_members: int | None = None
    external_members: int | None = None
    max_size: int | None = None
    restricted: bool | None = None
    moderated: bool | None = None
    invalid: bool | None = None


def read_mail_tips(element: Element) -> MailTipsRequest:
    """A GetMailTips request. Raises ``SchemaViolation``."""
    recipients = required(element, M + "Recipients")
    at_most(recipients, MAX_RECIPIENTS)
    wanted = element.find(M + "MailTipsRequested")
    # The schema wants the element, but a widely used client leaves it out and means everything.
    asked = frozenset({"All"}) if wanted is None else frozenset(text(wanted).split())
    if wanted is not None and not asked <= _TYPES:
        raise bad_element(wanted)
    sender = read_mailbox(required(element, M + "SendingAs"))[1]
    return MailTipsRequest(sender, tuple(read_mailbox(one)[1] for one in recipients), asked)


def write_mail_tips(tips: Iterable[TipsView]) -> str:
    """``<m:ResponseMessages>``, nothing where there was nobody."""
    written = "".join(
        f'<m:MailTipsResponseMessageType ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
        f"<m:MailTips>{_write(one)}</m:MailTips></m:MailTipsResponseMessageType>"
        for one in tips
    )
    return f"<m:ResponseMessages>{written}</m:ResponseMessages>" if written else ""


def _write(tips: TipsView) -> str:
    name = f"<t:Name>{escape(tips.name)}</t:Name>" if tips.name else ""
    address = f"<t:EmailAddress>{escape(tips.address)}</t:EmailAddress>" if tips.address else ""
    return (
        f"<t:RecipientAddress>{name}{address}<t:RoutingType>SMTP</t:RoutingType></t:RecipientAddress><t:PendingMailTips/>"
        f"{_away(tips)}{_flag('MailboxFull', tips.full)}{_number('TotalMemberCount', tips.total_members)}"
        f"{_number('ExternalMemberCount', tips.external_members)}{_number('MaxMessageSize', tips.max_size)}"
        f"{_flag('DeliveryRestricted', tips.restricted)}{_flag('IsModerated', tips.moderated)}"
        f"{_flag('InvalidRecipient', tips.invalid)}"
    )


def _away(tips: TipsView) -> str:
    if tips.away is None:
        return ""
    duration = ""
    if tips.away_from is not None and tips.away_until is not None:
        duration = (
            f"<t:Duration><t:StartTime>{write_instant(tips.away_from)}</t:StartTime>"
            f"<t:EndTime>{write_instant(tips.away_until)}</t:EndTime></t:Duration>"
        )
    message = f"<t:ReplyBody><t:Message>{escape(tips.away)}</t:Message></t:ReplyBody>"
    return f"<t:OutOfOffice>{message}{duration}</t:OutOfOffice>"


def _flag(name: str, value: bool | None) -> str:
    return "" if value is None else f"<t:{name}>{'true' if value else 'false'}</t:{name}>"


def _number(name: str, value: int | None) -> str:
    return "" if value is None else f"<t:{name}>{value}</t:{name}>"


def read_configurations(element: Element) -> list[str]:
    """The configurations a GetServiceConfiguration asks for, in order. Raises ``SchemaViolation``."""
    asked = [(one, text(one).split()) for one in required(element, M + "RequestedConfiguration")]
    if not asked:
        raise bad_element(required(element, M + "RequestedConfiguration"))
    for one, names in asked:
        if not names or not _CONFIGURATIONS.issuperset(names):
            raise bad_element(one)
    return [name for _, names in asked for name in names]


def read_acting_as(element: Element) -> str | None:
    """Whom a GetServiceConfiguration is for; None where it does not say."""
    found = element.find(M + "ActingAs")
    return None if found is None else str(read_mailbox(found)[1])


def write_configurations(written: Iterable[str]) -> str:
    """``<m:ResponseMessages>`` with a message for each configuration."""
    messages = "".join(
        '<m:ServiceConfigurationResponseMessageType ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
        f"{one}</m:ServiceConfigurationResponseMessageType>"
        for one in written
    )
    return f"<m:ResponseMessages>{messages}</m:ResponseMessages>"


NO_VOICE_CONFIGURATION = (
    "<m:UnifiedMessagingConfiguration><t:UmEnabled>false</t:UmEnabled><t:PlayOnPhoneDialString/>"
    "<t:PlayOnPhoneEnabled>false</t:PlayOnPhoneEnabled></m:UnifiedMessagingConfiguration>"
)
"""Of an organization without Unified Messaging."""
NO_NUDGES_CONFIGURATION = "<m:PolicyNudgeRulesConfiguration/>"
"""Of one without policy tips."""


def write_protection_configuration(domains: Iterable[str]) -> str:
    """``<m:ProtectionRulesConfiguration>`` of an organization without protection rules; clients ask again daily."""
    return (
        f'<m:ProtectionRulesConfiguration RefreshInterval="{_DAY_HOURS}"><t:Rules/><t:InternalDomains>'
        f"{_domains(domains)}</t:InternalDomains></m:ProtectionRulesConfiguration>"
    )


def _domains(domains: Iterable[str]) -> str:
    return "".join(
        f'<t:Domain Name="{escape_attribute(domain)}" IncludeSubdomains="false"/>' for domain in sorted(domains)
    )


def write_tips_configuration(max_size: int, domains: Iterable[str]) -> str:
    """``<m:MailTipsConfiguration>``; ``max_size`` in bytes."""
    known = _domains(domains)
    return (
        "<m:MailTipsConfiguration><t:MailTipsEnabled>true</t:MailTipsEnabled>"
        f"<t:MaxRecipientsPerGetMailTipsRequest>{MAX_RECIPIENTS}</t:MaxRecipientsPerGetMailTipsRequest>"
        f"<t:MaxMessageSize>{max_size}</t:MaxMessageSize><t:LargeAudienceThreshold>25</t:LargeAudienceThreshold>"
        f"<t:ShowExternalRecipientCount>false</t:ShowExternalRecipientCount><t:InternalDomains>{known}"
        "</t:InternalDomains><t:PolicyTipsEnabled>false</t:PolicyTipsEnabled>"
        "<t:LargeAudienceCap>1000</t:LargeAudienceCap></m:MailTipsConfiguration>"
    )
