"""The properties of contacts, distribution lists, tasks and posts."""

from __future__ import annotations

from datetime import datetime

import msgspec

from samband.model.item_properties import ItemProperties
from samband.model.item_values import CompleteName, EmailAddress, ListMember, PhysicalAddress, TaskStatus
from samband.model.recurrence import TaskRecurrence


class ContactProperties(ItemProperties, frozen=True, omit_defaults=True, kw_only=True):
    """Somebody the owner of the mailbox knows [MS-OXWSCONT]. Keys of the dictionaries are EWS's."""

    file_as: str = ""
    file_as_mapping: str = ""
    display_name: str = ""
    given_name: str = ""
    initials: str = ""
    middle_name: str = ""
    nickname: str = ""
    complete_name: CompleteName = CompleteName()
    company_name: str = ""
    email_addresses: dict[str, EmailAddress] = msgspec.field(default_factory=dict)
    physical_addresses: dict[str, PhysicalAddress] = msgspec.field(default_factory=dict)
    phone_numbers: dict[str, str] = msgspec.field(default_factory=dict)
    im_addresses: dict[str, str] = msgspec.field(default_factory=dict)
    assistant_name: str = ""
    birthday: datetime | None = None
    business_home_page: str = ""
    children: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    contact_source: str = ""
    department: str = ""
    generation: str = ""
    job_title: str = ""
    manager: str = ""
    mileage: str = ""
    office_location: str = ""
    postal_address_index: str = ""
    profession: str = ""
    spouse_name: str = ""
    surname: str = ""
    wedding_anniversary: datetime | None = None
    phonetic_full_name: str = ""
    phonetic_first_name: str = ""
    phonetic_last_name: str = ""
    alias: str = ""
    notes: str = ""
    user_smime_certificate: tuple[bytes, ...] = ()
    ms_exchange_certificate: tuple[bytes, ...] = ()


class DistributionListProperties(ItemProperties, frozen=True, omit_defaults=True, kw_only=True):
    """A private distribution list [MS-OXWSDLIST]."""

    display_name: str = ""
    file_as: str = ""
    contact_source: str = ""
    members: tuple[ListMember, ...] = ()


class TaskProperties(ItemProperties, frozen=True, omit_defaults=True, kw_only=True):
    """Something to do [MS-OXWSTASK]."""

    actual_work: int | None = None
    assigned_time: datetime | None = None
    billing_information: str = ""
    change_count: int = 1
    companies: tuple[str, ...] = ()
    complete_date: datetime | None = None
    contacts: tuple[str, ...] = ()
    delegation_state: str = ""
    delegator: str = ""
    due_date: datetime | None = None
    is_team_task: bool = False
    mileage: str = ""
    owner: str = ""
    percent_complete: float = 0.0
    recurrence: TaskRecurrence | None = None
    start_date: datetime | None = None
    status: TaskStatus = TaskStatus.NOT_STARTED
    total_work: int | None = None

    @property
    def is_complete(self) -> bool:
        return self.status is TaskStatus.COMPLETED

    @property
    def is_recurring(self) -> bool:
        return self.recurrence is not None

    @property
    def status_description(self) -> str:
        """The status in words."""
        return _STATUS_WORDS[self.status]


_STATUS_WORDS = {
    TaskStatus.NOT_STARTED: "Not Started",
    TaskStatus.IN_PROGRESS: "In Progress",
    TaskStatus.COMPLETED: "Completed",
    TaskStatus.WAITING_ON_OTHERS: "Waiting on someone else",
    TaskStatus.DEFERRED: "Deferred",
}


class PostItemProperties(ItemProperties, frozen=True, omit_defaults=True, kw_only=True):
    """A note posted to a folder [MS-OXWSPOST]."""

    conversation_index: bytes = b""
    conversation_topic: str = ""
    from_: EmailAddress | None = None
    sender: EmailAddress | None = None
    internet_message_id: str = ""
    is_read: bool = False
    posted_time: datetime | None = None
    references: str = ""
