"""What the parts of an application do their work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from samband.directory.api import Directory
from samband.lync.actions.address_book import AddressBook
from samband.lync.actions.conferences import Conferences
from samband.lync.actions.contacts import Contacts
from samband.lync.actions.conversation_logs import ConversationLogs
from samband.lync.actions.guests import Guests
from samband.lync.actions.im import ImEndpoints, ImGuests
from samband.lync.actions.media import Media
from samband.lync.actions.media_relay import MediaRelay
from samband.lync.actions.own_presence import OwnPresence
from samband.lync.actions.presence import Presence
from samband.wire.conference.join_links import JoinLinks


@dataclass(frozen=True, slots=True)
class Verbs:
    """One for all applications. ``clock`` gives aware time, ``token`` a fresh random word."""

    directory: Directory
    book: AddressBook
    presence: Presence
    own: OwnPresence
    contacts: Contacts
    conferences: Conferences
    links: JoinLinks
    im: ImEndpoints
    im_guests: ImGuests
    guests: Guests
    media: Media
    relay: MediaRelay | None
    logs: ConversationLogs | None
    """Past conversations, where the site keeps them in mailboxes and knows its way there."""
    clock: Callable[[], datetime]
    token: Callable[[], str]
