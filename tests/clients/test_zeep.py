"""zeep, built from the official WSDL: contact lists, people and photos as any SOAP client has them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import zeep
from zeep.transports import Transport

from tests.clients.purple_process import missing_packages
from tests.clients.running_demo import Demo, names_of, running_demo
from tests.clients.test_exchangelib import account_of
from tests.clients.test_unified_contacts import shown, signed_in
from tests.clients.waiting import until
from tests.exchange.photographs import drawn, edges
from tests.schema import schema_folder

FOLDER = schema_folder()
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
REASON = "needs the official WSDL in ../shared/schema (or SAMBAND_SHARED)"

pytestmark = pytest.mark.skipif(FOLDER is None or not (FOLDER / "services.wsdl").exists(), reason=REASON)


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running, names_of(running):
        yield running


@pytest.fixture(scope="module")
def wsdl() -> zeep.Client:
    assert FOLDER is not None
    return zeep.Client(str(FOLDER / "services.wsdl"), settings=zeep.Settings(strict=False))


class Operations:
    """The WSDL's operations in the name of one of the people; each answers with its body."""

    def __init__(self, wsdl: zeep.Client, demo: Demo, name: str) -> None:
        person = demo.person(name)
        session = requests.Session()
        session.auth = (person["login"], person["password"])
        session.verify = demo.table["ca_file"]
        self._wsdl, self._transport = wsdl, Transport(session=session)
        self._service = wsdl.create_service(str(next(iter(wsdl.wsdl.bindings))), demo.table["ews_url"])
        self._version = wsdl.get_element(f"{{{TYPES}}}RequestServerVersion")(Version="Exchange2013")

    def __call__(self, operation: str, **parts: Any) -> Any:
        # One client for all people: to read the WSDL anew takes a second.
        self._wsdl.transport = self._transport
        answer = getattr(self._service, operation)(**parts, _soapheaders=[self._version])
        return answer["body"]

    def code(self, operation: str, **parts: Any) -> str:
        """The ResponseCode alone."""
        return str(self(operation, **parts)["ResponseCode"])

    def list(self) -> dict[str, list[str]]:
        """Addresses by group, joined by the identifiers of quick contacts."""
        found = self("GetImItemList")["ImItemList"]
        people = (found["Personas"] or {"_value_1": []})["_value_1"]
        address = {
            source["SourceId"]["Id"]: one["Persona"]["ImAddress"]
            for one in people
            for source in one["Persona"]["Attributions"]["Attribution"]
        }
        groups = (one["ImGroup"] for one in found["Groups"]["_value_1"])
        return {
            group["DisplayName"]: [address[key["Id"]] for key in group["MemberCorrelationKey"]["ItemId"]]
            for group in groups
            if group["MemberCorrelationKey"]
        }


def named(identifier: str) -> dict[str, str]:
    return {"Id": identifier}


def ids(*identifiers: str) -> dict[str, list[dict[str, dict[str, str]]]]:
    return {"_value_1": [{"ItemId": named(one)} for one in identifiers]}


def test_the_whole_family_of_the_contact_list(wsdl: zeep.Client, demo: Demo) -> None:
    erin = Operations(wsdl, demo, "erin")
    group = erin("AddImGroup", DisplayName="Friends")["ImGroup"]["ExchangeStoreId"]["Id"]
    added = erin("AddNewImContactToGroup", ImAddress="bob@contoso.test", GroupId=named(group))["Persona"]
    bob = added["Attributions"]["Attribution"][0]["SourceId"]["Id"]
    assert added["DisplayName"] == "Bob Brown" and added["EmailAddress"]["EmailAddress"] == "bob@contoso.test"
    phone = erin(
        "AddNewTelUriContactToGroup",
        TelUriAddress="tel:5625550100",
        ImContactSipUriAddress="sip:5625550100@contoso.test",
        ImTelephoneNumber="(562) 555-0100",
        GroupId=named(group),
    )["Persona"]
    assert phone["PhoneNumber"]["Number"] == "(562) 555-0100"
    assert erin.list() == {"Friends": ["bob@contoso.test", "5625550100@contoso.test"]}
    work = erin("AddImGroup", DisplayName="Work")["ImGroup"]["ExchangeStoreId"]["Id"]
    assert erin.code("AddImContactToGroup", ContactId=named(bob), GroupId=named(work)) == "NoError"
    assert erin.code("SetImGroup", GroupId=named(work), NewDisplayName="Office") == "NoError"
    assert (
        erin.code("SetImGroup", GroupId=named(work), NewDisplayName="Friends") == "ErrorImGroupDisplayNameAlreadyExists"
    )
    some = erin("GetImItems", ContactIds=ids(bob), GroupIds=ids(work))["ImItemList"]
    assert [one["Persona"]["ImAddress"] for one in some["Personas"]["_value_1"]] == ["bob@contoso.test"]
    assert [one["ImGroup"]["DisplayName"] for one in some["Groups"]["_value_1"]] == ["Office"]
    assert erin.code("RemoveImContactFromGroup", ContactId=named(bob), GroupId=named(group)) == "NoError"
    assert erin.list() == {"Friends": ["5625550100@contoso.test"], "Office": ["bob@contoso.test"]}
    assert erin.code("RemoveImGroup", GroupId=named(work)) == "NoError"
    assert erin.code("RemoveContactFromImList", ContactId=named(bob)) == "NoError"
    all_ = erin("AddDistributionGroupToImList", SmtpAddress="all@contoso.test", DisplayName="All")["ImGroup"]
    assert all_["GroupType"] == "IPM.DistList.MOC.DG" and all_["SmtpAddress"] == "all@contoso.test"
    gone = erin.code("RemoveDistributionGroupFromImList", GroupId=named(all_["ExchangeStoreId"]["Id"]))
    assert gone == "NoError"
    assert erin.list() == {"Friends": ["5625550100@contoso.test"]}
    for completed in (True, False):
        assert erin.code("SetImListMigrationCompleted", ImListMigrationCompleted=completed) == "NoError"


@pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")
def test_changes_of_the_list_appear_in_a_running_client(wsdl: zeep.Client, named_demo: Demo) -> None:
    """One by zeep, one by exchangelib, which knows the contacts of the list as those of a folder."""
    demo = named_demo
    demo.samband("ucs", "migrate", demo.folder, "carol")
    carol = Operations(wsdl, demo, "carol")
    with signed_in(demo, "carol", "GetImItemListResponse") as client:
        before = {address: name for name, members in carol.list().items() for address in members}
        group = carol("AddImGroup", DisplayName="Team")["ImGroup"]["ExchangeStoreId"]["Id"]
        for name in ("erin", "bob"):
            carol("AddNewImContactToGroup", ImAddress=f"{name}@contoso.test", GroupId=named(group))
        both = {f"{name}@contoso.test": "Team" for name in ("erin", "bob")}
        until(lambda: shown(client) == before | both, "what zeep added")
        assert carol.code("SetImGroup", GroupId=named(group), NewDisplayName="Crew") == "NoError"
        until(lambda: shown(client) == before | dict.fromkeys(both, "Crew"), "the name zeep gave")
        account = account_of(demo, "carol")
        (erin,) = (one for one in account.quick_contacts.all() if "Erin" in one.display_name)
        erin.delete()
        until(lambda: shown(client) == before | {"bob@contoso.test": "Crew"}, "whom exchangelib deleted")


def test_photos(wsdl: zeep.Client, demo: Demo) -> None:
    erin, bob = Operations(wsdl, demo, "erin"), Operations(wsdl, demo, "bob")
    content = base64.b64encode(drawn(500, 400)).decode()
    # Clients in use read one message on the root, where the WSDL has a batch: zeep leaves it unread.
    answer = erin("SetUserPhoto", Email="erin@contoso.test", Content=content)
    assert [one.text for one in answer["_raw_elements"]] == ["NoError"]
    for size, edge in (("HR48x48", 48), ("HR240x240", 240), ("HR648x648", 360)):
        found = bob("GetUserPhoto", Email="erin@contoso.test", SizeRequested=size)
        assert found["HasChanged"] is True and edges(found["PictureData"]) == (edge, edge)
    person = demo.person("bob")
    plain = requests.get(
        demo.table["ews_url"] + "/s/GetUserPhoto",
        params={"email": "erin@contoso.test", "size": "HR96x96"},
        auth=(person["login"], person["password"]),
        verify=demo.table["ca_file"],
        timeout=60,
    )
    assert plain.status_code == 200 and plain.headers["Content-Type"] == "image/jpeg"
    assert edges(plain.content) == (96, 96)
    again = requests.get(
        plain.url,
        headers={"If-None-Match": plain.headers["ETag"]},
        auth=(person["login"], person["password"]),
        verify=demo.table["ca_file"],
        timeout=60,
    )
    assert (again.status_code, again.content) == (304, b"")


def test_people_are_found(wsdl: zeep.Client, demo: Demo) -> None:
    erin = Operations(wsdl, demo, "erin")
    found = erin(
        "FindPeople",
        IndexedPageItemView={"MaxEntriesReturned": 10, "Offset": 0, "BasePoint": "Beginning"},
        ParentFolderId={"DistinguishedFolderId": {"Id": "directory"}},
        QueryString="bro",
    )
    assert found["TotalNumberOfPeopleInView"] == 1
    (persona,) = (one["Persona"] for one in found["People"]["_value_1"])
    assert persona["ImAddress"] == "bob@contoso.test"
    got = erin("GetPersona", PersonaId=named(persona["PersonaId"]["Id"]))
    assert got["Persona"]["DisplayName"] == "Bob Brown"
