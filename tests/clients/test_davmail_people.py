"""DavMail's CardDAV and LDAP against a demo: contacts with a picture, and the organisation's people."""

from __future__ import annotations

import base64
import re
import uuid

import pytest

from tests.clients.davmail import Gateway, missing_packages
from tests.clients.ldap_search import search
from tests.clients.running_demo import Demo
from tests.clients.test_exchangelib import account_of
from tests.exchange.photographs import drawn

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages())

CARD = """BEGIN:VCARD
VERSION:3.0
UID:{uid}
FN:Ann Berg
N:Berg;Ann;;;
EMAIL;TYPE=work:{mail}
TEL;TYPE=cell:+4712345678
{more}END:VCARD
"""
ALL = '<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>'


def put(gateway: Gateway, demo: Demo, path: str, card: str) -> None:
    status, answer = gateway.ask(demo, "carol", "PUT", path, card.replace("\n", "\r\n"), Content_Type="text/vcard")
    assert status in (200, 201, 204), answer


def test_a_contact_is_made_changed_and_deleted(gateway: Gateway, demo: Demo) -> None:
    uid = str(uuid.uuid4())
    mail = f"ann-{uid}@elsewhere.test"
    path = f"/users/carol@contoso.test/contacts/{uid}.vcf"
    put(gateway, demo, path, CARD.format(uid=uid, mail=mail, more=""))
    status, found = gateway.ask(demo, "carol", "GET", path)
    assert status == 200 and "Ann" in found and mail in found and "+4712345678" in found
    listed = gateway.ask(
        demo, "carol", "PROPFIND", "/users/carol@contoso.test/contacts/", ALL, Depth="1", Content_Type="text/xml"
    )[1]
    assert uid in listed
    there = account_of(demo, "carol").contacts.get(given_name="Ann", surname="Berg")
    assert [one.email for one in there.email_addresses] == [mail]

    picture = base64.b64encode(drawn(96, 96)).decode()
    more = f"NOTE:Åäö\nPHOTO;ENCODING=b;TYPE=JPEG:{picture}\n"
    put(gateway, demo, path, CARD.format(uid=uid, mail=mail, more=more).replace("+4712345678", "+4787654321"))
    found = re.sub(r"\r?\n[ \t]", "", gateway.ask(demo, "carol", "GET", path)[1])
    assert "+4787654321" in found and "+4712345678" not in found and "Åäö" in found
    kept = re.search(r"PHOTO[^:]*:([A-Za-z0-9+/=]+)", found)
    assert kept is not None and base64.b64decode(kept[1])[:3] == b"\xff\xd8\xff"
    (attachment,) = account_of(demo, "carol").contacts.get(given_name="Ann", surname="Berg").attachments
    assert attachment.is_contact_photo

    assert gateway.ask(demo, "carol", "DELETE", path)[0] in (200, 204)
    assert gateway.ask(demo, "carol", "GET", path)[0] == 404
    assert not account_of(demo, "carol").contacts.filter(given_name="Ann", surname="Berg").count()


def test_people_are_found_by_ldap(gateway: Gateway, demo: Demo) -> None:
    person = demo.person("carol")
    (found,) = search(gateway.ldap, person["email"], person["password"], "ou=people", "cn", "Bob Bro")
    assert found["mail"] == ["bob@contoso.test"] and found["cn"] == ["Bob Brown"]
    assert search(gateway.ldap, person["email"], person["password"], "ou=people", "cn", "Nobody") == []
