"""One client: acts by what it knows, follows what it is told of, and can be asked what it knows."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from lxml import etree

from tests.scenarios.ews_session import EwsSession, M
from tests.scenarios.stress.actions import Chooser
from tests.scenarios.stress.model import Mailbox
from tests.scenarios.stress.stream import Stream

LATE = frozenset(
    {
        "ErrorItemNotFound",
        "ErrorFolderNotFound",
        "ErrorToFolderNotFound",
        "ErrorParentFolderNotFound",
        "ErrorSavedItemFolderNotFound",
        "ErrorFolderExists",
        "ErrorMoveCopyFailed",
        "ErrorIrresolvableConflict",
        "ErrorCalendarOccurrenceIsDeletedFromRecurrence",
        "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange",
        "ErrorCalendarCannotUseIdForRecurringMasterId",
        "ErrorAttachmentSizeLimitExceeded",
        "ErrorCannotCreateCalendarItemInNonCalendarFolder",
    }
)
"""What a client may be told whose knowledge is old, or that asks for what makes no sense."""


class Client:
    """Does ``operations`` to the mailbox of ``make``'s sessions; deliveries come from ``other``'s."""

    def __init__(
        self, name: str, dice: random.Random, make: Callable[[], EwsSession], other: Callable[[], EwsSession]
    ) -> None:
        self._session, self._other = make(), other()
        self._dice = dice
        self.mailbox = Mailbox()
        self.stream = Stream(make)
        self._chooser = Chooser(dice, self.mailbox, name)
        self.codes: Counter[str] = Counter()
        self.done: Counter[str] = Counter()

    def begin(self) -> None:
        """Be connected, then know everything."""
        self.stream.start()
        self.stream.wait_connected()
        self.mailbox.everything(self._session)

    def work(self, operations: int) -> None:
        """Act that often, following now and then."""
        while operations > 0:
            what, request, count = self._chooser.action()
            answer = (self._other if what == "deliver" else self._session).answer(request)
            self._note(what, request, count, answer)
            operations -= count
            if self._dice.random() < 0.3:
                self.follow()

    def _note(self, what: str, request: str, count: int, answer: etree._Element) -> None:
        codes = [str(one.text) for one in answer.iter(M + "ResponseCode")]
        assert codes, etree.tostring(answer)[:2000]
        wrong = set(codes) - LATE - {"NoError"}
        assert not wrong, (what, wrong, request[:1500], etree.tostring(answer)[:1500])
        self.codes.update(codes)
        self.done[what] += count

    def follow(self) -> None:
        """Look at what the notifications named, and at nothing else."""
        dirty = self.stream.take()
        if "" in dirty or dirty - self.mailbox.folders.keys():
            before = set(self.mailbox.folders)
            self.mailbox.follow_folders(self._session)
            dirty |= self.mailbox.folders.keys() - before
        for folder in sorted(dirty & self.mailbox.folders.keys()):
            self.mailbox.follow(self._session, folder)

    def settle(self, last: str) -> None:
        """Once nobody acts any more: be told of everything up to the item ``last``, and follow it."""
        self.stream.wait_for(last)
        self.follow()

    def close(self) -> None:
        self.stream.close()
        self._session.close()
        self._other.close()
