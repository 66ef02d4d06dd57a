"""Inbox rules: read and changed by the owner of the mailbox [MS-OXWSRULES]. ``arrivals`` runs them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from samband.exchange.actions.access import Access
from samband.exchange.actions.arrivals import known
from samband.exchange.actions.delivery import Delivery
from samband.exchange.actions.folders import Folders
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.rule_changes import FOLDERS, RuleChange, no_folder
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.items import Item
from samband.model.rule_checks import only_smtp, problems
from samband.model.rules import (
    MAX_BYTES,
    CreateRule,
    GivenRule,
    KnownRule,
    RuleError,
    RuleOperation,
    RulesRefused,
    SetRule,
)
from samband.store import item_lists, item_places
from samband.store import rules as rows
from samband.store.api import Tx, WriteTx
from samband.store.items import Tally

_BLOB_CLASS = "IPM.RuleOrganizer"
"""The class of the associated item in an inbox in which Outlook keeps its own view of the rules."""


class InboxRules(NamedTuple):
    """The rules of a mailbox in their order, and whether Outlook keeps something beside them."""

    mailbox: str
    rules: list[KnownRule]
    blob_exists: bool


class Rules:
    """Verbs on inbox rules. ``address`` names the mailbox, empty the caller's own."""

    def __init__(self, base: Foundation, access: Access, folders: Folders, delivery: Delivery) -> None:
        self._store = base.store
        self._access = access
        self._folders = folders
        self._delivery = delivery

    async def get(self, caller: Caller, address: str) -> InboxRules:
        """All rules. Raises ``Failure``."""
        mailbox = self._access.mailbox(caller, address)
        inbox = (await self._folders.ensure(mailbox))["inbox"]

        def work(tx: Tx) -> InboxRules:
            return InboxRules(mailbox, known(tx, mailbox), bool(self._blobs(tx, inbox)))

        return await self._store.read(work)

    def _blobs(self, tx: Tx, inbox: int) -> list[Item]:
        found = item_lists.in_folder(tx, self._store.blobs, inbox, associated=True)
        return [item for item in found if item.item_class.lower() == _BLOB_CLASS.lower()]

    async def update(
        self, caller: Caller, address: str, operations: Sequence[RuleOperation], *, remove_blob: bool
    ) -> None:
        """Do all of ``operations`` in order, or none of them.

        Raises ``RulesRefused``, and ``Failure`` ErrorOutlookRuleBlobExists or ErrorRulesOverQuota.
        """
        mailbox = self._access.mailbox(caller, address)
        inbox = (await self._folders.ensure(mailbox))["inbox"]
        given = [
            await self._resolved(caller, mailbox, one.given) if isinstance(one, CreateRule | SetRule) else None
            for one in operations
        ]

        def work(tx: WriteTx) -> None:
            blobs = self._blobs(tx, inbox)
            if blobs and not remove_blob:
                raise Failure("ErrorOutlookRuleBlobExists", "Outlook's own rules would be lost by this change.")
            change = RuleChange(tx, mailbox, operations)
            for index, (operation, rule) in enumerate(zip(operations, given, strict=True)):
                change.do(index, operation, rule)
            if change.errors:
                raise RulesRefused(change.errors)
            if rows.put(tx, mailbox, change.rules) > MAX_BYTES:
                raise Failure("ErrorRulesOverQuota", "The rules of the mailbox take more room than there is for them.")
            tally = Tally()
            for blob in blobs:
                item_places.remove(tx, tally, blob)
            tally.settle(tx)

        await self._store.write(work)

    async def _resolved(self, caller: Caller, mailbox: str, given: GivenRule) -> GivenRule:
        """``given`` with the rows of the folders it names, and what is wrong with it."""
        rule, errors = given.rule, list(given.errors)
        actions = msgspec.structs.replace(rule.actions, **only_smtp(rule.actions, self._delivery.known))
        for uri, ref in given.folders.items():
            try:
                place = await self._folders.resolve(caller, ref)
                found = place.folder if place.mailbox == mailbox else 0
            except Failure as failure:
                malformed = failure.code == "ErrorInvalidIdMalformed"
                found = 0 if malformed else -1
            if found > 0:
                actions = msgspec.structs.replace(actions, **{FOLDERS[uri]: found})
            elif found == 0:
                errors.append(RuleError(uri, "InvalidFolderId", "The identifier is none of a folder of the mailbox."))
            else:
                errors.append(no_folder(uri))
        if given.template is not None:
            actions = msgspec.structs.replace(actions, server_reply_with_message=given.template.item)
        rule = msgspec.structs.replace(
            rule,
            actions=actions,
            **{
                name: msgspec.structs.replace(asked, **only_smtp(asked, self._delivery.known))
                for name, asked in (("conditions", rule.conditions), ("exceptions", rule.exceptions))
            },
        )
        given = msgspec.structs.replace(given, rule=rule, errors=tuple(errors))
        return msgspec.structs.replace(given, errors=tuple(problems(given)))
