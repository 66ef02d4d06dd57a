"""Inbox rules: what the owner of a mailbox wants done with mail that comes [MS-OXWSRULES].

Attributes of conditions and actions are the schema's elements in snake case. What has its default is not asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from samband.model.failures import Failure
from samband.model.folders import FolderRef
from samband.model.item_requests import ItemRef
from samband.model.item_values import EmailAddress, Importance, Sensitivity

MAX_TEXT = 255
"""How many characters a name, or a string that a condition looks for, may have."""
MAX_BYTES = 64 * 1024
"""How much all rules of a mailbox may take together."""
MAX_PRIORITY = 2**31 - 1


class DateRange(msgspec.Struct, frozen=True, omit_defaults=True):
    """Aware UTC, both ends within; None is open."""

    start: datetime | None = None
    end: datetime | None = None


class SizeRange(msgspec.Struct, frozen=True, omit_defaults=True):
    """Kilobytes, both ends within; None is open."""

    minimum: int | None = None
    maximum: int | None = None


class Predicates(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What is asked of a message: all of it as conditions, any of it as exceptions."""

    categories: tuple[str, ...] = ()
    contains_body_strings: tuple[str, ...] = ()
    contains_header_strings: tuple[str, ...] = ()
    contains_recipient_strings: tuple[str, ...] = ()
    contains_sender_strings: tuple[str, ...] = ()
    contains_subject_or_body_strings: tuple[str, ...] = ()
    contains_subject_strings: tuple[str, ...] = ()
    flagged_for_action: str = ""
    from_addresses: tuple[EmailAddress, ...] = ()
    from_connected_accounts: tuple[str, ...] = ()
    has_attachments: bool = False
    importance: Importance | None = None
    is_approval_request: bool = False
    is_automatic_forward: bool = False
    is_automatic_reply: bool = False
    is_encrypted: bool = False
    is_meeting_request: bool = False
    is_meeting_response: bool = False
    is_ndr: bool = False
    is_permission_controlled: bool = False
    is_read_receipt: bool = False
    is_signed: bool = False
    is_voicemail: bool = False
    item_classes: tuple[str, ...] = ()
    message_classifications: tuple[str, ...] = ()
    not_sent_to_me: bool = False
    sent_cc_me: bool = False
    sent_only_to_me: bool = False
    sent_to_addresses: tuple[EmailAddress, ...] = ()
    sent_to_me: bool = False
    sent_to_or_cc_me: bool = False
    sensitivity: Sensitivity | None = None
    within_date_range: DateRange | None = None
    within_size_range: SizeRange | None = None


class Actions(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What is done with a message. Folders and the message to reply with are rows of the same mailbox, 0 for none."""

    assign_categories: tuple[str, ...] = ()
    copy_to_folder: int = 0
    delete: bool = False
    forward_as_attachment_to_recipients: tuple[EmailAddress, ...] = ()
    forward_to_recipients: tuple[EmailAddress, ...] = ()
    mark_importance: Importance | None = None
    mark_as_read: bool = False
    move_to_folder: int = 0
    permanent_delete: bool = False
    redirect_to_recipients: tuple[EmailAddress, ...] = ()
    server_reply_with_message: int = 0
    stop_processing_rules: bool = False

    @property
    def folders(self) -> tuple[int, ...]:
        """The folders that have to be there."""
        return tuple(folder for folder in (self.copy_to_folder, self.move_to_folder) if folder)


class Rule(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One rule. Rules run by ``priority``, the least first; no two of a mailbox have the same."""

    id: int = 0
    display_name: str = ""
    priority: int = 1
    is_enabled: bool = True
    conditions: Predicates = Predicates()
    exceptions: Predicates = Predicates()
    actions: Actions = Actions()


class KnownRule(NamedTuple):
    """A rule, and whether something that it needs is gone: then it does nothing."""

    rule: Rule
    is_in_error: bool


class RuleError(NamedTuple):
    """What is wrong with one value of a rule; ``field`` is a RuleFieldURI, ``code`` a RuleValidationErrorCode."""

    field: str
    code: str
    text: str
    value: str = ""


class GivenRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as somebody wants it. ``given`` are the RuleFieldURIs of what they said, ``folders`` the folders that
    actions name, by RuleFieldURI; ``template`` is the message to reply with. ``errors`` were found while it was read.

    ``rule_id`` is None where they named none, 0 for what is no identifier.
    """

    rule: Rule
    rule_id: int | None = None
    given: frozenset[str] = frozenset()
    folders: dict[str, FolderRef | Failure] = {}
    template: ItemRef | None = None
    errors: tuple[RuleError, ...] = ()


class CreateRule(NamedTuple):
    """Make a rule."""

    given: GivenRule


class SetRule(NamedTuple):
    """Put a rule in the place of the one with its identifier."""

    given: GivenRule


class DeleteRule(NamedTuple):
    """Remove a rule; 0 is no rule's identifier."""

    rule_id: int


RuleOperation = CreateRule | SetRule | DeleteRule


class RulesRefused(Failure):
    """Nothing of an update was done: (index of the operation, what is wrong with it) for each that has errors."""

    def __init__(self, errors: Sequence[tuple[int, Sequence[RuleError]]]) -> None:
        super().__init__(
            "ErrorInboxRulesValidationError", "A validation error occurred while executing the rule operation."
        )
        self.errors = errors
