"""Drafts, moving and looking for mail through the interface of the web client."""

from __future__ import annotations

from pathlib import Path

from samband.model.caller import Caller
from samband.model.folders import Place
from samband.model.item_requests import Disposition, Draft
from samband.model.item_values import Body, BodyKind, EmailAddress
from samband.model.items import ItemKind, MessageProperties
from tests.exchange.owa.door import Browser, Door, both
from tests.exchange.world import ALICE, CAROL, World, run


def test_a_draft_is_kept_changed_and_sent(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await both(world)
        first = await alice.post("draft", 200, to="Bo", subject="Plans", text="Dear")
        (draft,) = await alice.messages("drafts")
        assert (draft["id"], draft["draft"], draft["subject"], draft["to"]) == (first["id"], True, "Plans", "Bo")
        whole = await alice.get(f"message?id={draft['id']}")
        assert whole["to"] == [{"name": "Bo", "address": ""}], "what is typed is kept, also where it means nobody yet"
        more = {
            "to": "Bob",
            "cc": "carol@contoso.test",
            "bcc": "dave@contoso.test",
            "subject": "Plans",
            "text": "Dear B",
        }
        again = await alice.post("draft", 200, draft=draft["id"], **more)
        assert again == first
        whole = await alice.get(f"message?id={draft['id']}")
        assert whole["text"].strip() == "Dear B"
        assert [one["address"] or one["name"] for one in whole["to"] + whole["cc"] + whole["bcc"]] == [
            "Bob", CAROL.primary_smtp, "dave@contoso.test",
        ]  # fmt: skip
        await alice.post("send", draft=draft["id"], **{**more, "text": "Dear Bob"})
        assert await alice.messages("drafts") == []
        (sent,) = await alice.messages("sentitems")
        (got,) = await bob.messages("inbox")
        assert (await bob.get(f"message?id={got['id']}"))["text"].strip() == "Dear Bob"
        assert "bcc" not in await alice.get(f"message?id={sent['id']}")

    run(story, tmp_path)


def test_a_draft_that_cannot_be_sent_stays(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = Browser(Door(world))
        await alice.sign_in(ALICE)
        kept = await alice.post("draft", 200, subject="s", text="t")
        refused = await alice.post("send", 400, draft=kept["id"], to="Nobody at all", subject="s", text="longer")
        assert "'Nobody at all'" in refused["detail"]
        (draft,) = await alice.messages("drafts")
        assert (await alice.get(f"message?id={draft['id']}"))["text"].strip() == "t"

    run(story, tmp_path)


def test_an_answer_kept_as_a_draft_quotes_and_is_one(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await both(world)
        await alice.post("send", to="Bob", subject="Lunch?", text="At noon.")
        (got,) = await bob.messages("inbox")
        answer = {"kind": "reply", "answers": got["id"], "to": ALICE.primary_smtp, "subject": "RE: Lunch?"}
        first = await bob.post("draft", 200, text="Ye", **answer)
        second = await bob.post("draft", 200, text="Yes", draft=first["id"], **answer)
        (draft,) = await bob.messages("drafts")
        assert draft["id"] == second["id"] == first["id"]
        text = (await bob.get(f"message?id={draft['id']}"))["text"]
        assert text.startswith("Yes") and text.count("At noon.") == 1
        await bob.post("send", text="Yes!", draft=draft["id"], **answer)
        assert await bob.messages("drafts") == []
        (came,) = await alice.messages("inbox")
        assert (await alice.get(f"message?id={came['id']}"))["text"].startswith("Yes!")

    run(story, tmp_path)


def test_an_answer_to_all_goes_to_whom_the_form_names(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await both(world)
        carol = Browser(alice.door)
        await carol.sign_in(CAROL)
        await alice.post("send", to="Bob; Carol", cc="dave@contoso.test", subject="Lunch?", text="At noon.")
        (got,) = await bob.messages("inbox")
        answer = {"kind": "reply-all", "answers": got["id"], "text": "Yes."}
        await bob.post("send", to=ALICE.primary_smtp, **answer)
        assert len(await carol.messages("inbox")) == 1, "Bob took her off"
        draft = await bob.post("draft", 200, to=ALICE.primary_smtp, **answer)
        assert (await bob.get(f"message?id={draft['id']}"))["cc"] == []
        await bob.post("send", draft=draft["id"], bcc=CAROL.primary_smtp, **answer)
        assert len(await alice.messages("inbox")) == 1
        (newest, _) = await carol.messages("inbox")
        assert (await carol.get(f"message?id={newest['id']}"))["to"] == []
        await bob.post("send", **answer)
        (newest, *_) = await carol.messages("inbox")
        whole = await carol.get(f"message?id={newest['id']}")
        assert [one["name"] for one in (*whole["to"], *whole["cc"])] == ["Alice", "Carol", "Dave"], "nobody was named"
        refused = await bob.post("send", 400, **{**answer, "kind": "forward"})
        assert refused["title"] == "ErrorInvalidRecipients"
        assert await bob.messages("drafts") == []

    run(story, tmp_path)


def test_only_a_draft_is_written_over_or_taken_away(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await both(world)
        await alice.post("send", to="Bob; Alice", subject="Lunch?", text="At noon.")
        (mine,) = await alice.messages("inbox")
        (theirs,) = await bob.messages("inbox")
        assert (await alice.post("draft", 404, draft=theirs["id"], text="x"))["title"] == "ErrorItemNotFound"
        answer = {"kind": "reply", "answers": mine["id"], "text": "x"}
        for path in ("draft", "send"):
            refused = await alice.post(path, 400, draft=mine["id"], **answer)
            assert "no draft" in refused["detail"]
            await alice.post(path, 404, draft=theirs["id"], **answer)
        assert len(await alice.messages("inbox")) == len(await bob.messages("inbox")) == 1

    run(story, tmp_path)


def test_a_draft_of_another_client_keeps_what_a_form_does_not_show(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = Browser(Door(world))
        await alice.sign_in(ALICE)
        formatted = MessageProperties(
            subject="s",
            body=Body(BodyKind.HTML, "<p>Dear <b>Bob</b></p>"),
            to_recipients=(EmailAddress("B", "b@x.test"),),
        )
        made = Draft(kind=ItemKind.MESSAGE, properties=formatted, given=frozenset())
        place = Place(ALICE.msExchMailboxGuid, await alice.folder("drafts"))
        await world.exchange.mail.create(Caller(ALICE, "forms"), made, place, Disposition.SAVE_ONLY)
        (draft,) = await alice.messages("drafts")
        whole = await alice.get(f"message?id={draft['id']}")
        assert whole["formatted"] and whole["text"].strip() == "Dear Bob"
        letter = {"draft": draft["id"], "to": "Bob", "subject": "t"}
        await alice.post("draft", 200, text=f"{whole['text'].strip()}\n", **letter)
        whole = await alice.get(f"message?id={draft['id']}")
        assert (whole["formatted"], whole["subject"]) == (True, "t"), "nobody changed the text"
        await alice.post("draft", 200, text="Dear Bobby", **letter)
        whole = await alice.get(f"message?id={draft['id']}")
        assert (whole["formatted"], whole["text"].strip()) == (False, "Dear Bobby")

    run(story, tmp_path)


def test_mail_is_moved(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await both(world)
        await alice.post("send", to="Alice", subject="Lunch?", text="At noon.")
        (mine,) = await alice.messages("inbox")
        junk = await alice.folder("junkemail")
        moved = await alice.post("move", 200, id=mine["id"], folder=junk)
        assert [one["id"] for one in await alice.messages("junkemail")] == [moved["id"]]
        assert await alice.messages("inbox") == []
        assert (await alice.post("move", 404, id=mine["id"] + 1000, folder=junk))["title"] == "ErrorItemNotFound"
        into = await alice.post("move", 404, id=moved["id"], folder=await bob.folder("inbox"))
        assert into["title"] == "ErrorToFolderNotFound"
        assert len(await alice.messages("junkemail")) == 1

    run(story, tmp_path)


def test_mail_is_found_in_every_folder(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await both(world)
        await alice.post("send", to="Bob", subject="Budget", text="Ten per cent more.")
        await bob.post("send", to="Alice", subject="Lunch", text="About the budgets, and bread.")
        await bob.post("send", to="Alice", subject="Other", text="Nothing.")

        async def found(words: str, **more: str) -> list[tuple[str, str]]:
            tail = "".join(f"&{name}={value}" for name, value in more.items())
            answer = await alice.get(f"search?q={words}{tail}")
            assert answer["total"] >= len(answer["messages"])
            return [(one["subject"], one["folder"]) for one in answer["messages"]]

        assert await found("budget") == [("Lunch", "Inbox"), ("Budget", "Sent Items")]
        assert await found("budget", count="1") == [("Lunch", "Inbox")]
        assert await found("from:bob+bread") == [("Lunch", "Inbox")]
        assert await found("nowhere") == []
        assert len(await found("")) == 3
        assert (await alice.get("search?q=" + "x" * 5000, 400))["title"] == "ErrorQueryFilterTooLong"
        assert (await alice.get("search?q=" + "(" * 300, 400))["title"] == "ErrorUnsupportedQueryFilter"

    run(story, tmp_path)


def test_a_number_that_nothing_can_have_is_refused(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = Browser(Door(world))
        await alice.sign_in(ALICE)
        for number in (-1, 2**62 + 1, 2**63, 2**70):
            for path, values in {
                "draft": {"draft": number, "text": "t"},
                "send": {"kind": "reply", "answers": number, "text": "t"},
                "move": {"id": 1, "folder": number},
                "mark": {"id": number, "read": True},
                "delete": {"id": number},
                "respond": {"id": number, "answer": "accept"},
                "calendar/delete": {"id": 1, "occurrence": number},
            }.items():
                assert (await alice.post(path, 400, **values))["title"] == "ErrorInvalidRequest", (path, number)

    run(story, tmp_path)
