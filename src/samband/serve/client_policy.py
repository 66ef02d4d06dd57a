"""The organisation's client policy, as the Lync side's doors and features have it."""

from __future__ import annotations

from samband.deployment.policies import ClientPolicy
from samband.model.mailbox_sight import SightPolicy


def endpoint_settings(policy: ClientPolicy) -> dict[str, str]:
    """What clients are told of it: properties of the endpointConfiguration group [MS-SIPREGE 2.2.2.5.6]."""
    return {
        "PhotoUsage": policy.display_photo,
        "MaxPhotoSizeKB": str(policy.max_photo_size_kb),
        "MaximumNumberOfContacts": str(policy.maximum_number_of_contacts),
        "DisableCalendarPresence": _boolean(policy.disable_calendar_presence),
        "DisableFreeBusyInfo": _boolean(policy.disable_free_busy_info),
        "DisableMeetingSubjectAndLocation": _boolean(policy.disable_meeting_subject_and_location),
    }


def largest_photo(policy: ClientPolicy) -> int:
    """Bytes of the largest of the directory's photos that are shown; 0: none is."""
    return 0 if policy.display_photo == "NoPhoto" else policy.max_photo_size_kb * 1024


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def sight_policy(policy: ClientPolicy) -> SightPolicy:
    """What this side publishes itself of people's mailboxes."""
    return SightPolicy(
        calendar=not policy.disable_calendar_presence,
        free_busy=not policy.disable_free_busy_info,
        meeting_details=not policy.disable_meeting_subject_and_location,
        photos=policy.display_photo == "AllPhotos",
    )
