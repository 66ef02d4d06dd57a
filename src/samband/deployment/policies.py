"""Settings of what people and clients may do, most of them under the names of the products' own cmdlets."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from samband.deployment.setting_forms import Limit, Section, SettingError


class PasswordPolicy(Section, frozen=True, kw_only=True):
    """How long passwords are good."""

    maximum_age_days: Annotated[int, Meta(ge=0, le=9999, description="days from 0 (never) to 9999")] = 0
    """After so many days nobody signs in with a password until a new one was set; 0: passwords do not expire."""


class ServerToServer(Section, frozen=True, kw_only=True):
    """The Lync side's way to Exchange, as ``Set-CsOAuthConfiguration`` has it."""

    exchange_autodiscover_url: str = ""
    """``own`` (this site's), or ``https://autodiscover.DOMAIN/autodiscover/autodiscover.svc``; empty: the Lync side
    asks Exchange nothing."""

    def __post_init__(self) -> None:
        url = self.exchange_autodiscover_url
        if url not in ("", "own") and not url.startswith("https://"):
            allowed = "own, or an https address that ends in /autodiscover/autodiscover.svc"
            raise SettingError("oauth.exchange_autodiscover_url", self.exchange_autodiscover_url, allowed)


class UserServices(Section, frozen=True, kw_only=True):
    """The policy of the Lync side for its users, as ``Set-CsUserServicesPolicy`` has it."""

    ucs_allowed: bool = True
    """Whether contact lists move into mailboxes (unified contact store)."""
    server_conversation_history: bool = False
    """Whether the server writes what people say by IM into their mailboxes, and tells them what they missed."""
    ucs_delay: Annotated[int, Meta(ge=0, description="seconds, 0 or more")] = 600
    """How long after sign-in."""
    ucs_subscriptions: Literal["accepted", "refused"] = "accepted"
    """What a client gets that subscribes to a list which lives in its owner's mailbox: word of it and of every change
    of the list, or the refusal of Lync Server 2013 (488, 2165)."""


PhotoUsage = Literal["NoPhoto", "PhotosFromADOnly", "AllPhotos"]


class ClientPolicy(Section, frozen=True, kw_only=True):
    """What clients of the Lync side, and the side in their place, show of people, as ``Set-CsClientPolicy`` has it."""

    disable_calendar_presence: bool = False
    """Whether calendars stay out of presence; replies of people who are out of office do not."""
    disable_free_busy_info: bool = False
    disable_meeting_subject_and_location: bool = False
    display_photo: PhotoUsage = "AllPhotos"
    """``PhotosFromADOnly``: the directory's small ones and none from mailboxes."""
    max_photo_size_kb: Annotated[int, Meta(ge=0, le=100, description="kilobytes from 0 to 100")] = 30
    """Of the directory's photos."""
    maximum_number_of_contacts: Annotated[int, Meta(ge=0, le=1000, description="a number from 0 to 1000")] = 1000
    address_book_availability: Literal["WebSearchOnly", "off"] = "WebSearchOnly"
    """How clients search the address book: by a web query; ``off``: over SIP alone. Files of it are not made."""


class ConferencingPolicy(Section, frozen=True, kw_only=True):
    """What meetings may be, as ``Set-CsConferencingPolicy`` has it."""

    allow_anonymous_participants: bool = True
    """Whether people without an account may join by a meeting's link."""
    max_guests_a_meeting: Annotated[int, Meta(ge=1, le=250, description="a number from 1 to 250")] = 100
    max_guests: Annotated[int, Meta(ge=1, le=10_000, description="a number from 1 to 10000")] = 1000
    """In all meetings at one time."""


class ThrottlingPolicy(Section, frozen=True, kw_only=True):
    """How much of the mailbox side one caller may take, as ``Set-ThrottlingPolicy`` has it; 0 is no limit."""

    ews_max_concurrency: Limit = 27
    ews_hanging_connections: Limit = 10
    ews_max_subscriptions: Limit = 5000
    ews_max_burst: Limit = 300_000
    """Milliseconds."""
    ews_recharge_rate: Limit = 900_000
    """Milliseconds an hour; 0: time is not counted."""
    ews_cutoff_balance: Limit = 3_000_000
    """Milliseconds."""


UNTHROTTLED = ThrottlingPolicy(
    ews_max_concurrency=0,
    ews_hanging_connections=0,
    ews_max_subscriptions=0,
    ews_max_burst=0,
    ews_recharge_rate=0,
    ews_cutoff_balance=0,
)
"""Nobody is held back: for trying clients."""


class Registrar(Section, frozen=True, kw_only=True):
    """The communications side's sign-ins."""

    sign_ins_per_second: Limit = 200
    """Clients that come faster are told when to come again; 0: nobody is held back."""
