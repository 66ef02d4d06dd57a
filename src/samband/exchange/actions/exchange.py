"""The mailbox side's verbs, put together once.

``Exchange`` has one attribute a family. A family is a class in ``exchange/actions/<family>.py`` whose methods take
the ``Caller`` and plain values, raise ``model.failures.Failure``, and see neither bytes nor SQL. To add one: write the
class, add its attribute here; its constructor takes what it needs of ``Foundation`` and of the families above it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from samband.directory.api import Directory
from samband.directory.rights import Rights
from samband.exchange.actions.access import Access
from samband.exchange.actions.archive import Archive
from samband.exchange.actions.arrivals import Arrivals
from samband.exchange.actions.attachments import Attachments
from samband.exchange.actions.automatic import AutomaticMail
from samband.exchange.actions.availability import Availability
from samband.exchange.actions.calendar import Calendar
from samband.exchange.actions.conversation_actions import ConversationActions
from samband.exchange.actions.conversations import Conversations
from samband.exchange.actions.delegate_copies import DelegateCopies
from samband.exchange.actions.delegates import Delegates
from samband.exchange.actions.deletions import Deletions
from samband.exchange.actions.delivery import Delivery
from samband.exchange.actions.discovery import Discovery
from samband.exchange.actions.find import Find
from samband.exchange.actions.folder_changes import FolderChanges
from samband.exchange.actions.folders import Folders
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.im_lists import ImLists
from samband.exchange.actions.imports import Imports
from samband.exchange.actions.items import Items
from samband.exchange.actions.junk import Junk
from samband.exchange.actions.mail import Mail
from samband.exchange.actions.mail_tips import MailTips
from samband.exchange.actions.mailboxes import Mailboxes
from samband.exchange.actions.making import Maker
from samband.exchange.actions.notifications import Notifications
from samband.exchange.actions.oof import Oof
from samband.exchange.actions.oof_replies import OofReplies
from samband.exchange.actions.outbound import Outbound
from samband.exchange.actions.people import People
from samband.exchange.actions.personas import Personas
from samband.exchange.actions.photos import Photos
from samband.exchange.actions.read_flags import ReadFlags
from samband.exchange.actions.receipts import Receipts
from samband.exchange.actions.reminders import Reminders
from samband.exchange.actions.room_answers import RoomAnswers
from samband.exchange.actions.room_attendant import RoomAttendant
from samband.exchange.actions.rooms import Rooms
from samband.exchange.actions.rule_letters import RuleLetters
from samband.exchange.actions.rules import Rules
from samband.exchange.actions.search_folders import SearchFolders
from samband.exchange.actions.senders import Senders
from samband.exchange.actions.settings import ExchangeSettings
from samband.exchange.actions.suggestions import Suggestions
from samband.exchange.actions.sync import Sync
from samband.exchange.actions.text_index import TextIndex
from samband.exchange.actions.transfer import Transfer
from samband.exchange.actions.user_configurations import UserConfigurations
from samband.feed.api import Feed
from samband.store.api import Store


class Exchange:
    """Every verb of the mailbox side. Built once a process; ``close`` before the store closes."""

    def __init__(
        self,
        store: Store,
        feed: Feed,
        directory: Directory,
        clock: Callable[[], datetime],
        settings: ExchangeSettings,
        entropy: Callable[[int], bytes],
        rights: Rights,
    ) -> None:
        base = Foundation(store, feed, directory, clock, settings, entropy)
        self.base = base
        self.directory = directory
        self.rights = rights
        self.settings = settings
        self.clock = clock
        self.access = Access(directory, rights)
        self.mailboxes = Mailboxes(base, self.access)
        self.searches = SearchFolders(store.blobs)
        self.folders = Folders(base, self.mailboxes, self.searches)
        self.folder_changes = FolderChanges(base, self.folders)
        self.maker = Maker(base)
        self.items = Items(base, self.mailboxes, self.access)
        self.delivery = Delivery(base, self.mailboxes, self.maker)
        self.outbound = Outbound(base, self.maker, self.delivery)
        receipts = self._automatic(base)
        self.senders = Senders(base, rights)
        self.calendar = Calendar(base, self.mailboxes, self.items, self.maker, self.delivery, self.senders, self.access)
        self.delivery.heard.append(self.calendar.delivered)
        self.rooms = Rooms(store, directory)
        self.room_attendant = self._attendant(base)
        self.reminders = Reminders(base, self.mailboxes, self.access, self.items)
        self.people = People(base, self.mailboxes, self.items)
        self.mail = Mail(base, self.mailboxes, self.items, self.maker, self.delivery, receipts, self.senders)
        self.deletions = Deletions(base, self.mailboxes, self.items, self.maker, receipts)
        self.attachments = Attachments(base, self.items, self.maker)
        self.archive = Archive(base, self.mailboxes, self.items)
        self.sync = Sync(base, self.folders)
        self.find = Find(base, self.folders, self.searches)
        self.text_index = TextIndex(base)
        self.discovery = Discovery(base, self.folders, rights)
        self.conversations = Conversations(base, self.mailboxes, self.access, self.folders, self.find)
        self.conversation_actions = ConversationActions(
            base, self.mailboxes, self.folders, self.conversations, receipts
        )
        self.notifications = Notifications(base, self.mailboxes, self.folders)
        self.availability = Availability(base, self.mailboxes, self.access)
        self.suggestions = Suggestions(base, self.availability)
        self.delegates = Delegates(base, self.mailboxes, self.access)
        self.oof = Oof(base, self.mailboxes)
        self.personas = Personas(base, self.mailboxes, self.access)
        self.photos = Photos(base)
        self.user_configurations = UserConfigurations(base, self.mailboxes, self.maker)
        self.junk = Junk(base, self.mailboxes, self.items)
        self.read_flags = ReadFlags(base, self.folders, receipts)
        self.rules = Rules(base, self.access, self.folders, self.delivery)
        self.transfer = Transfer(base, self.mailboxes, self.items, self.maker)
        self.imports = Imports(base, self.mailboxes, self.maker)
        self.mail_tips = MailTips(base, self.senders)
        self.im_lists = ImLists(base, self.mailboxes, self.access, self.maker)

    def _automatic(self, base: Foundation) -> Receipts:
        """Let delivery send what nobody wrote: by rules, for who is away, to delegates, and the receipts it returns."""
        machine = AutomaticMail(self.maker)
        replies = OofReplies(base, self.mailboxes, machine, self.delivery)
        self.delivery.placed = Arrivals(machine, RuleLetters(base, machine), replies).placed
        self.delivery.shared = DelegateCopies(base.directory, self.delivery).shared
        receipts = Receipts(base, self.maker, self.delivery)
        self.delivery.receipts = receipts.delivered
        return receipts

    def _attendant(self, base: Foundation) -> RoomAttendant:
        answers = RoomAnswers(base, self.mailboxes, self.rooms, self.calendar.arrivals, self.calendar.responses)
        return RoomAttendant(base, answers)

    def close(self) -> None:
        """Leave the feed."""
        self.photos.close()
        self.notifications.close()
