"""Fields of contacts, distribution lists and tasks, in the schema's order.

[MS-OXWSCONT], [MS-OXWSDLIST], [MS-OXWSTASK]
"""

from __future__ import annotations

from samband.wire.ews.fields.codecs import BOOLEAN, DOUBLE, INSTANT, INTEGER, STRINGS, TEXT, enumeration
from samband.wire.ews.fields.dictionaries import (
    BINARIES,
    EMAIL_ADDRESSES,
    IM_ADDRESSES,
    MEMBERS,
    PHONE_NUMBERS,
    PHYSICAL_ADDRESSES,
    complete_name,
    has_picture,
)
from samband.wire.ews.fields.recurrence import RECURRENCE
from samband.wire.ews.fields.row import Field, InFind, composed, derived, stored
from samband.wire.ews.versions import ServerVersion

FILE_AS_MAPPING = enumeration(
    "None",
    "LastCommaFirst",
    "FirstSpaceLast",
    "Company",
    "LastCommaFirstCompany",
    "CompanyLastFirst",
    "LastFirst",
    "LastFirstCompany",
    "CompanyLastCommaFirst",
    "LastFirstSuffix",
    "LastSpaceFirstCompany",
    "CompanyLastSpaceFirst",
    "LastSpaceFirst",
    "DisplayName",
    "FirstName",
    "LastFirstMiddleSuffix",
    "LastName",
    "Empty",
)
SOURCE = enumeration("ActiveDirectory", "Store")
PLACE = enumeration("None", "Home", "Business", "Other")
TASK_STATUS = enumeration("NotStarted", "InProgress", "Completed", "WaitingOnOthers", "Deferred")
DELEGATION = enumeration("NoMatch", "OwnNew", "Owned", "Accepted", "Declined", "Max")

_UNCOMPARED = {"searchable": False, "sortable": False}
_SP2 = ServerVersion.Exchange2010_SP2

CONTACT: tuple[Field, ...] = (
    stored("contacts:FileAs", TEXT, "file_as"),
    stored("contacts:FileAsMapping", FILE_AS_MAPPING, "file_as_mapping"),
    stored("contacts:DisplayName", TEXT, "display_name"),
    stored("contacts:GivenName", TEXT, "given_name"),
    stored("contacts:Initials", TEXT, "initials"),
    stored("contacts:MiddleName", TEXT, "middle_name"),
    stored("contacts:Nickname", TEXT, "nickname"),
    composed("contacts:CompleteName", complete_name),
    stored("contacts:CompanyName", TEXT, "company_name"),
    stored("contacts:EmailAddresses", EMAIL_ADDRESSES, "email_addresses", **_UNCOMPARED),
    stored("contacts:PhysicalAddresses", PHYSICAL_ADDRESSES, "physical_addresses", **_UNCOMPARED),
    stored("contacts:PhoneNumbers", PHONE_NUMBERS, "phone_numbers", **_UNCOMPARED),
    stored("contacts:AssistantName", TEXT, "assistant_name"),
    stored("contacts:Birthday", INSTANT, "birthday"),
    stored("contacts:BusinessHomePage", TEXT, "business_home_page"),
    stored("contacts:Children", STRINGS, "children"),
    stored("contacts:Companies", STRINGS, "companies", **_UNCOMPARED),
    derived("contacts:ContactSource", SOURCE, "contact_source"),
    stored("contacts:Department", TEXT, "department"),
    stored("contacts:Generation", TEXT, "generation"),
    stored("contacts:ImAddresses", IM_ADDRESSES, "im_addresses", **_UNCOMPARED),
    stored("contacts:JobTitle", TEXT, "job_title"),
    stored("contacts:Manager", TEXT, "manager"),
    stored("contacts:Mileage", TEXT, "mileage"),
    stored("contacts:OfficeLocation", TEXT, "office_location"),
    stored("contacts:PostalAddressIndex", PLACE, "postal_address_index"),
    stored("contacts:Profession", TEXT, "profession"),
    stored("contacts:SpouseName", TEXT, "spouse_name"),
    stored("contacts:Surname", TEXT, "surname"),
    stored("contacts:WeddingAnniversary", INSTANT, "wedding_anniversary"),
    composed("contacts:HasPicture", has_picture, since=ServerVersion.Exchange2010, in_find=InFind.NEVER),
    derived("contacts:PhoneticFullName", TEXT, "phonetic_full_name", since=_SP2),
    derived("contacts:PhoneticFirstName", TEXT, "phonetic_first_name", since=_SP2),
    derived("contacts:PhoneticLastName", TEXT, "phonetic_last_name", since=_SP2),
    derived("contacts:Alias", TEXT, "alias", since=_SP2),
    derived("contacts:Notes", TEXT, "notes", since=_SP2),
    derived("contacts:UserSMIMECertificate", BINARIES, "user_smime_certificate", since=_SP2, **_UNCOMPARED),
    derived("contacts:MSExchangeCertificate", BINARIES, "ms_exchange_certificate", since=_SP2, **_UNCOMPARED),
)

LIST: tuple[Field, ...] = (
    stored(
        "distributionlist:Members",
        MEMBERS,
        "members",
        since=ServerVersion.Exchange2010,
        in_find=InFind.NAMED,
        **_UNCOMPARED,
    ),
)
LIST_ORDER = (
    "contacts:DisplayName",
    "contacts:FileAs",
    "contacts:ContactSource",
    "distributionlist:Members",
)
"""What a DistributionList has beyond ItemType."""

TASK: tuple[Field, ...] = (
    stored("task:ActualWork", INTEGER, "actual_work"),
    derived("task:AssignedTime", INSTANT, "assigned_time"),
    stored("task:BillingInformation", TEXT, "billing_information"),
    derived("task:ChangeCount", INTEGER, "change_count"),
    stored("task:Companies", STRINGS, "companies", sortable=False),
    stored("task:CompleteDate", INSTANT, "complete_date"),
    stored("task:Contacts", STRINGS, "contacts", sortable=False),
    derived("task:DelegationState", DELEGATION, "delegation_state"),
    derived("task:Delegator", TEXT, "delegator"),
    stored("task:DueDate", INSTANT, "due_date"),
    derived("task:IsComplete", BOOLEAN, "is_complete"),
    derived("task:IsRecurring", BOOLEAN, "is_recurring"),
    derived("task:IsTeamTask", BOOLEAN, "is_team_task"),
    stored("task:Mileage", TEXT, "mileage"),
    derived("task:Owner", TEXT, "owner"),
    stored("task:PercentComplete", DOUBLE, "percent_complete", searchable=False),
    stored("task:Recurrence", RECURRENCE, "recurrence", in_find=InFind.NAMED, **_UNCOMPARED),
    stored("task:StartDate", INSTANT, "start_date"),
    stored("task:Status", TASK_STATUS, "status"),
    derived("task:StatusDescription", TEXT, "status_description", **_UNCOMPARED),
    stored("task:TotalWork", INTEGER, "total_work"),
)
