"""Rooms and equipment read their own mail for as long as the process lives."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Sequence

from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.room_answers import RoomAnswers
from samband.model.changes import Change, ItemCreated
from samband.store.api import StoreUnavailable

log = logging.getLogger(__name__)

_PATIENCE = 1.0
"""Seconds before the store is asked again after it was not available."""


class RoomAttendant:
    """Follows the feed for every resource of the directory; ``run`` does it until it is cancelled."""

    def __init__(self, base: Foundation, answers: RoomAnswers) -> None:
        self._base = base
        self.answers = answers
        self._resources: set[str] = set()
        self._waiting: dict[str, None] = {}
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Answer what comes in; first what came in while nobody did."""
        leave_feed = self._base.feed.listen(None, self._heard)
        leave_directory = self._base.directory.listen(self._directory_changed)
        try:
            self._directory_changed(())
            while True:
                await self._woken.wait()
                self._woken.clear()
                while self._waiting:
                    mailbox = next(iter(self._waiting))
                    del self._waiting[mailbox]
                    await self._attend(mailbox)
        finally:
            leave_feed()
            leave_directory()

    async def _attend(self, mailbox: str) -> None:
        try:
            await self.answers.process(mailbox)
        except StoreUnavailable as error:
            log.warning("a resource cannot read its mail: %s", error)
            self._waiting[mailbox] = None
            await asyncio.sleep(_PATIENCE)
        except Exception:
            log.exception("the resource with the mailbox %s could not read its mail", mailbox)

    def _heard(self, changes: Sequence[Change]) -> None:
        if not changes:  # some were lost
            self._wake(self._resources)
        self._wake(
            change.scope
            for change in changes
            if change.scope in self._resources and isinstance(change, ItemCreated) and change.new_mail
        )

    def _directory_changed(self, guids: Collection[str]) -> None:
        directory = self._base.directory
        people = (directory.by_guid(guid) for guid in guids) if guids else directory.people()
        found = {one.msExchMailboxGuid for one in people if one is not None and one.is_resource}
        self._resources |= found
        self._wake(found)

    def _wake(self, mailboxes: Iterable[str]) -> None:
        self._waiting.update(dict.fromkeys(mailboxes))
        if self._waiting:
            self._woken.set()
