"""Cards and contacts through the interface of the web client, and the contact list that lives in the mailbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from samband.model.caller import Caller
from samband.model.folders import Place
from samband.model.item_requests import Disposition, Draft
from samband.model.item_values import EmailAddress
from samband.model.items import ContactProperties, ItemKind
from tests.exchange.owa.door import Browser, Door, both
from tests.exchange.world import ALICE, BOB, CAROL, World, run

ZOE = {
    "given": "Zoë", "surname": "Zander", "company": "Fabrikam", "email": "zoe@fabrikam.test",
    "sip": "zoe@fabrikam.test", "mobile": "+46 70 1", "notes": "Likes <b>quinces</b>.",
}  # fmt: skip


def test_a_contact_is_made_changed_and_deleted(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await both(world)
        made = await alice.post("contact", 201, **ZOE)
        assert made["name"] == "Zoë Zander"
        (found,) = await alice.get("people?q=zand")
        assert (found["id"], found["email"], found["about"]) == (made["id"], ZOE["email"], "Fabrikam")
        card = await alice.get(f"card?id={made['id']}")
        assert {name: card[name] for name in ZOE} == ZOE
        assert (await alice.get("card?address=ZOE@fabrikam.test"))["notes"] == ZOE["notes"]
        changed = await alice.post(
            "contact", 200, **{**ZOE, "id": made["id"], "title": "Chef", "mobile": "", "name": "Z"}
        )
        assert (changed["title"], changed["mobile"], changed["name"]) == ("Chef", "", "Z")
        for path, values in {"contact": {**ZOE, "id": made["id"]}, "contact/delete": {"id": made["id"]}}.items():
            await bob.post(path, 404, **values)
        await bob.get(f"card?id={made['id']}", 404)
        await alice.post("contact/delete", id=made["id"])
        assert await alice.get("people?q=zand") == []
        assert (await alice.post("contact", 400, notes="nobody"))["detail"] == "A contact needs a name or an address."
        assert (await alice.post("contact", 400, given="x" * 256))["title"] == "ErrorInvalidRequest"

    run(story, tmp_path)


def test_a_form_leaves_alone_what_it_does_not_show(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = Browser(Door(world))
        await alice.sign_in(ALICE)
        properties = ContactProperties(
            display_name="Zoë",
            nickname="Zo",
            email_addresses={
                "EmailAddress1": EmailAddress("Zoë at work", "z@x.test"),
                "EmailAddress3": EmailAddress("", "third@x.test"),
            },
            phone_numbers={"CarPhone": "1", "HomePhone": "2"},
        )
        place = Place(
            ALICE.msExchMailboxGuid, (await world.exchange.folders.ensure(ALICE.msExchMailboxGuid))["contacts"]
        )
        (item,) = await world.exchange.mail.create(
            Caller(ALICE, "forms"), Draft(kind=ItemKind.CONTACT, properties=properties), place, Disposition.SAVE_ONLY
        )
        await alice.post("contact", 200, id=item.id, name="Zoë", email="z@x.test", home="3")
        (found,) = await world.exchange.personas.find(Caller(ALICE, "forms"), "Zoë", None)
        kept: Any = found.properties  # type: ignore[union-attr]
        assert kept.nickname == "Zo"
        assert kept.email_addresses == properties.email_addresses
        assert kept.phone_numbers == {"CarPhone": "1", "HomePhone": "3"}

    run(story, tmp_path)


def test_the_card_of_a_colleague_and_of_a_stranger(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = Browser(Door(world))
        await alice.sign_in(ALICE)
        card = await alice.get("card?address=carol@contoso.test")
        assert (card["name"], card["directory"], card["contact"]) == ("Carol", True, 0)
        made = await alice.post("contact", 201, name="Carol of mine", email=CAROL.primary_smtp)
        card = await alice.get("card?address=carol@contoso.test")
        assert (card["name"], card["contact"]) == ("Carol", made["id"])
        assert await alice.get("card?address=x@y.test&name=X") == {"email": "x@y.test", "name": "X"}
        await alice.get("card", 400)
        await alice.post("send", to="Alice", subject="s", text="t")
        (mine,) = await alice.messages("inbox")
        await alice.get(f"card?id={mine['id']}", 404)
        await alice.post("contact/delete", 404, id=mine["id"])

    run(story, tmp_path)


def test_groups_of_a_list_in_the_mailbox(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = Browser(Door(world))
        await alice.sign_in(ALICE)
        assert await alice.get("contact-list") == {"here": False, "groups": []}
        assert "Lync keeps" in (await alice.post("contact-list", 400, do="add", name="Friends"))["detail"]
        lists, caller = world.exchange.im_lists, Caller(ALICE, "forms")
        await lists.set_migrated(caller, True)
        await lists.add_new_contact(caller, BOB.proxy_sip, "Bob", None)

        async def groups() -> dict[str, Any]:
            return {one["name"]: one for one in (await alice.get("contact-list"))["groups"]}

        await alice.post("contact-list", do="add", name=" Friends ")
        friends = (await groups())["Friends"]
        assert (friends["own"], friends["members"], (await groups())["Favorites"]["own"]) == (True, [], False)
        who = {"group": friends["id"], "address": BOB.proxy_sip}
        await alice.post("contact-list", do="join", **who)
        assert (await groups())["Friends"]["members"] == [BOB.proxy_sip]
        await alice.post("contact-list", do="rename", group=friends["id"], name="Enemies")
        await alice.post("contact-list", do="leave", **who)
        assert "Friends" not in await groups()
        await alice.post("contact-list", do="remove", group=friends["id"])
        assert "Enemies" not in await groups()
        await alice.post("contact-list", 404, do="join", group=friends["id"], address="nobody@x.test")
        favorites = (await groups())["Favorites"]["id"]
        for wish in ({"do": "rename", "name": "x"}, {"do": "remove"}):
            assert (await alice.post("contact-list", 400, group=favorites, **wish))["title"] == "ErrorInvalidImGroupId"
        await alice.post("contact-list", 400, do="add", name=" ")

    run(story, tmp_path)
