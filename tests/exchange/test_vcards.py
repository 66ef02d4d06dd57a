"""Cards of other programs, and of those who mean harm."""

from __future__ import annotations

import base64

import pytest

from samband.exchange.vcards import draft_of_card
from samband.model.items import ContactProperties, DistributionListProperties, ItemKind
from samband.wire.vcard import BadCard
from tests.scenarios.rich_mailbox import PICTURE

PHOTO = base64.b64encode(PICTURE).decode()
OLD = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=85berg;J=C3=B6rgen\r\n"
    "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=B6rgen =\r\n=C3=85berg\r\nTEL;HOME;VOICE:1\r\nTEL;CELL:2\r\n"
    "TEL;WORK;FAX:3\r\nEMAIL;INTERNET:j@x.test\r\nADR;WORK:;;Gatan 1;Lund;;223 50;Sverige\r\n"
    f"PHOTO;JPEG;ENCODING=BASE64:{PHOTO[:40]}\r\n {PHOTO[40:]}\r\n\r\n"
    "BDAY:1970-02-03\r\nEND:VCARD\r\n"
)
NEW = (
    "BEGIN:VCARD\nVERSION:4.0\nKIND:individual\nFN:Ada L.\nN:L.;Ada;;;\nitem1.EMAIL;PREF=1:ada@x.test\n"
    'TEL;VALUE=uri;TYPE="cell,voice":tel:+44-1\nANNIVERSARY:19960415\n'
    f"PHOTO:data:image/png;base64,{PHOTO}\nNOTE:one\\ntwo\\, three\nEND:VCARD\n"
)


def contact(text: str) -> ContactProperties:
    properties = draft_of_card(text)[1].properties
    assert isinstance(properties, ContactProperties)
    return properties


def test_a_card_of_the_nineties() -> None:
    found = contact(OLD)
    assert (found.surname, found.given_name, found.display_name) == ("Åberg", "Jörgen", "Jörgen Åberg")
    assert found.phone_numbers == {"HomePhone": "1", "MobilePhone": "2", "BusinessFax": "3"}
    assert found.email_addresses["EmailAddress1"].address == "j@x.test"
    assert found.physical_addresses["Business"].city == "Lund"
    assert found.birthday is not None
    assert found.birthday.isoformat() == "1970-02-03T00:00:00+00:00"
    assert [one.content for one in draft_of_card(OLD)[1].attachments] == [PICTURE]


def test_a_card_of_today() -> None:
    found = contact(NEW)
    assert (found.display_name, found.phone_numbers) == ("Ada L.", {"MobilePhone": "+44-1"})
    assert found.email_addresses["EmailAddress1"].address == "ada@x.test"
    assert found.body is not None
    assert found.body.content == "one\r\ntwo, three"
    assert [one.content for one in draft_of_card(NEW)[1].attachments] == [PICTURE]


def test_a_group_has_its_members() -> None:
    text = "BEGIN:VCARD\nVERSION:4.0\nKIND:group\nFN:us\nMEMBER:mailto:a@x.test\nMEMBER:urn:uuid:1\nEND:VCARD\n"
    _, draft = draft_of_card(text)
    assert draft.kind is ItemKind.DISTRIBUTION_LIST
    assert isinstance(draft.properties, DistributionListProperties)
    assert [one.mailbox.address for one in draft.properties.members] == ["a@x.test"]


def test_only_what_can_be_answered_gets_in() -> None:
    found = contact(
        "BEGIN:VCARD\nFN:x\nX-SAMBAND-FILE-AS-MAPPING:</t:FileAsMapping>\nX-SAMBAND-POSTAL-ADDRESS-INDEX:<\n"
        'EMAIL;X-EWS-KEY="<evil":e@x.test\nTEL;X-EWS-KEY=Nothing:1\nEND:VCARD\n'
    )
    assert (found.file_as_mapping, found.postal_address_index) == ("", "")
    assert set(found.email_addresses) == {"EmailAddress1"}
    assert set(found.phone_numbers) == {"OtherTelephone"}


@pytest.mark.parametrize("text", ["", "x", "BEGIN:VCARD\n", "BEGIN:VCARD\nFN:x\n", "BEGIN:VCARD\n;;;\nEND:VCARD\n"])
def test_what_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(BadCard):
        draft_of_card(text)
