"""The client policy of a site, as its clients and its Lync side have it."""

from __future__ import annotations

import msgspec
import pytest

from samband.deployment.policies import ClientPolicy, PhotoUsage
from samband.lync.sip.provisioning_door import Provisioning
from samband.serve.client_policy import endpoint_settings, largest_photo, sight_policy
from samband.wire.presence.provisioning import read_provisioning, write_provisioning
from tests.exchange.world import ALICE


def test_clients_are_told_in_their_endpoint_configuration() -> None:
    policy = ClientPolicy(display_photo="NoPhoto", disable_free_busy_info=True, maximum_number_of_contacts=250)
    groups = read_provisioning(
        write_provisioning(Provisioning(endpoint=endpoint_settings(policy)).groups(ALICE)).encode()
    )
    told = {group.name: dict(group.properties) for group in groups}["endpointConfiguration"]
    assert (told["PhotoUsage"], told["MaximumNumberOfContacts"], told["MaxPhotoSizeKB"]) == ("NoPhoto", "250", "30")
    switches = ("DisableCalendarPresence", "DisableFreeBusyInfo", "DisableMeetingSubjectAndLocation")
    assert [told[name] for name in switches] == ["false", "true", "false"]


@pytest.mark.parametrize(("usage", "photos"), [("AllPhotos", True), ("PhotosFromADOnly", False), ("NoPhoto", False)])
def test_cards_have_photos_of_mailboxes_where_all_photos_are_shown(usage: PhotoUsage, photos: bool) -> None:
    policy = sight_policy(ClientPolicy(display_photo=usage, disable_calendar_presence=True))
    assert (policy.photos, policy.calendar, policy.free_busy, policy.meeting_details) == (photos, False, True, True)


def test_photos_of_the_address_book() -> None:
    assert largest_photo(ClientPolicy()) == 30 * 1024
    assert largest_photo(ClientPolicy(max_photo_size_kb=5)) == 5 * 1024
    assert largest_photo(ClientPolicy(display_photo="NoPhoto")) == 0


def test_files_of_the_address_book_cannot_be_asked_for() -> None:
    for value in ("WebSearchAndFileDownload", "FileDownloadOnly", ""):
        with pytest.raises(msgspec.ValidationError, match="address_book_availability"):
            msgspec.convert({"address_book_availability": value}, ClientPolicy)
