"""FindConversation and GetConversationItems: several people talk, and each sees the threads in their own mailbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from samband.exchange.messages import draft_of_mime
from samband.model.item_values import EmailAddress, Importance
from tests.exchange.ews.conversation_requests import (
    ALL,
    act,
    conversation_id,
    find_conversation,
    get_items,
    one,
    order,
    reply,
    strings,
    topics,
)
from tests.exchange.ews.mail_requests import find, folder, ids, send
from tests.exchange.ews.test_archive import RICH, archive, give
from tests.exchange.mail import Post, message
from tests.exchange.world import ALICE, BOB, World, run


async def talk(world: World) -> None:
    """Alice asks, Bob answers, Alice answers that; then Alice writes of something else."""
    await send(world, ALICE, "bob@contoso.test", "Barn")
    await reply(world, BOB, "inbox", "Which?")
    await reply(world, ALICE, "inbox", "The red one")
    world.clock.advance(minutes=5)
    await send(world, ALICE, "bob@contoso.test", "Boat")


def test_a_thread_is_one_conversation_in_each_mailbox(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await talk(world)
        answer = await world.ask(BOB, find_conversation())
        assert topics(answer) == ["Boat", "Barn"]
        assert answer.text("//m:TotalConversationsInView") == "2"
        assert answer.text("//m:IndexedOffset") == "0"
        barn = one(answer, "Barn")
        assert strings(barn, "UniqueSenders") == ["Alice"]
        assert strings(barn, "GlobalUniqueSenders") == ["Alice", "Bob"]
        assert strings(barn, "UniqueRecipients") == ["Bob"]
        assert sorted(strings(barn, "GlobalUniqueRecipients")) == ["Alice", "Bob"]
        assert strings(barn, "UniqueUnreadSenders") == ["Alice"]
        told = {name: barn.findtext(f"{{*}}{name}") for name in ("MessageCount", "GlobalMessageCount", "UnreadCount")}
        assert told == {"MessageCount": "2", "GlobalMessageCount": "3", "UnreadCount": "2"}
        assert len(barn.findall("{*}ItemIds/{*}ItemId")) == 2
        assert len(barn.findall("{*}GlobalItemIds/{*}ItemId")) == 3
        assert barn.findtext("{*}Preview", "").startswith("The red one")
        alice = await world.ask(ALICE, find_conversation(attributes=' Traversal="Deep"', where="msgfolderroot"))
        assert topics(alice) == ["Boat", "Barn"]

    run(story, tmp_path)


def test_shapes_and_versions(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await talk(world)
        bare = await world.ask(BOB, find_conversation(shape=ALL.replace("AllProperties", "IdOnly")))
        assert {child.tag.rpartition("}")[2] for found in bare.all("//t:Conversation") for child in found} == {
            "ConversationId"
        }
        more = ALL.replace("AllProperties", "IdOnly").replace(
            "</t:BaseShape>",
            '</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="conversation:Preview"/>'
            '<t:FieldURI FieldURI="conversation:HasClutter"/></t:AdditionalProperties>',
        )
        assert len((await world.ask(BOB, find_conversation(shape=more))).texts("//t:Preview")) == 2
        wrong = more.replace("conversation:Preview", "item:Subject")
        assert (await world.ask(BOB, find_conversation(shape=wrong))).codes == ["ErrorUnsupportedPathForQuery"]
        old = await world.ask(BOB, find_conversation(shape=""), version="Exchange2010_SP1")
        assert topics(old) == ["Boat", "Barn"] and not old.all("//m:TotalConversationsInView")
        assert not old.all("//t:Preview")

    run(story, tmp_path)


SORTED = {
    "LastDeliveryTime": ("CBA", "ABC"),
    "ConversationTopic": ("CBA", "ABC"),
    "Importance": ("ACB", "CBA"),
    "Size": ("BAC", "CAB"),
    "MessageCount": ("BCA", "CAB"),
    "UnreadCount": ("CBA", "BAC"),
    "HasAttachments": ("CBA", "CBA"),
    "UniqueSenders": ("CBA", "BAC"),
}
"""Conversations in descending and in ascending order; equal ones stand as they were heard of."""


@pytest.mark.parametrize("name", SORTED)
def test_orders_pages_and_seeking(name: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        inbox = await post.folder("inbox")
        keys = {letter: letter.encode() * 16 for letter in "ABC"}
        await post.put(
            inbox,
            message("A", 0, conversation=keys["A"], importance=Importance.HIGH, is_read=True, culture="x" * 99),
            message("B", 1, conversation=keys["B"], is_read=True, preview="x" * 200),
            message("RE: B", 2, conversation=keys["B"], is_read=True),
            message("C", 3, conversation=keys["C"], preview="x" * 9, from_=EmailAddress("Carol", "c@x.test")),
        )
        answer = await world.ask(ALICE, find_conversation(sort=order(name)))
        down, up = SORTED[name]
        assert "".join(topics(answer)) == down
        backwards = await world.ask(ALICE, find_conversation(sort=order(name, "Ascending")))
        assert "".join(topics(backwards)) == up
        view = '<m:IndexedPageItemView MaxEntriesReturned="1" Offset="1" BasePoint="Beginning"/>'
        page = await world.ask(ALICE, find_conversation(sort=order(name), view=view))
        assert topics(page) == [down[1]]
        assert (page.text("//m:IndexedOffset"), page.text("//m:TotalConversationsInView")) == ("1", "3")
        seek = (
            '<m:SeekToConditionPageItemView BasePoint="Beginning" MaxEntriesReturned="5"><t:Condition><t:IsEqualTo>'
            '<t:FieldURI FieldURI="conversation:ConversationTopic"/><t:FieldURIOrConstant><t:Constant Value="C"/>'
            "</t:FieldURIOrConstant></t:IsEqualTo></t:Condition></m:SeekToConditionPageItemView>"
        )
        found = await world.ask(ALICE, find_conversation(sort=order(name), view=seek))
        assert "".join(topics(found)) == down[down.index("C") :]

    run(story, tmp_path)


def test_filters_and_words(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await talk(world)
        await send(world, BOB, "alice@contoso.test", "Elsewhere", body="a needle in hay")

        async def seen(attributes: str = "", more: str = "") -> list[str]:
            return topics(await world.ask(BOB, find_conversation(attributes=attributes, more=more)))

        assert await seen(' ViewFilter="Unread"') == ["Boat", "Barn"]
        assert await seen(' ViewFilter="ToOrCcMe"') == ["Boat", "Barn"]
        for nothing in ("Flagged", "HasAttachment", "TaskActive", "TaskOverdue", "TaskCompleted", "Clutter"):
            assert await seen(f' ViewFilter="{nothing}"') == []
        assert await seen(' ViewFilter="NoClutter"') == ["Boat", "Barn"]
        assert await seen("", "<m:QueryString>subject:barn</m:QueryString>") == ["Barn"]
        terms = '<m:QueryString ReturnHighlightTerms="true">barn OR "old boat"</m:QueryString>'
        answer = await world.ask(BOB, find_conversation(more=terms))
        assert topics(answer) == ["Barn"] and answer.texts("//m:HighlightTerms//t:Value") == ["barn", "old boat"]
        assert (await world.ask(BOB, find_conversation(more="<m:MailboxScope>ArchiveOnly</m:MailboxScope>"))).codes == [
            "ErrorInvalidOperation"
        ]

    run(story, tmp_path)


def test_what_is_deleted_shows_only_when_asked_for(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await talk(world)
        for way in ("MoveToDeletedItems", "HardDelete"):
            gone = ids(await find(world, BOB, "inbox"))[-1]
            await world.ask(BOB, f'<m:DeleteItem DeleteType="{way}"><m:ItemIds>{gone}</m:ItemIds></m:DeleteItem>')
        deep = ' Traversal="Deep"'
        assert topics(await world.ask(BOB, find_conversation("msgfolderroot", attributes=deep))) == ["Barn"]
        words = '<m:QueryString ReturnDeletedItems="true">bo OR barn</m:QueryString>'
        found = await world.ask(BOB, find_conversation("msgfolderroot", attributes=deep, more=words))
        assert topics(found) == ["Boat", "Barn"]

    run(story, tmp_path)


def test_the_messages_of_a_conversation_as_a_tree(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await talk(world)
        listed = await world.ask(BOB, find_conversation())
        barn, boat = conversation_id(listed, "Barn"), conversation_id(listed, "Boat")
        for way, wanted in (
            ("TreeOrderAscending", ["Barn", "RE: Barn", "RE: Barn"]),
            ("DateOrderDescending", ["RE: Barn", "RE: Barn", "Barn"]),
        ):
            sort = f"<m:SortOrder>{way}</m:SortOrder>"
            answer = await world.ask(BOB, get_items(barn, boat, more=sort))
            assert answer.codes == ["NoError", "NoError"]
            assert answer.texts("(//m:Conversation)[1]//t:Subject") == wanted
            assert answer.texts("(//m:Conversation)[2]//t:Subject") == ["Boat"]
            nodes = answer.all("(//m:Conversation)[1]//t:ConversationNode")
            own = [node.findtext("{*}InternetMessageId") for node in nodes]
            parents = [node.findtext("{*}ParentInternetMessageId") for node in nodes]
            chain = list(zip(own, parents, strict=True))
            if way == "DateOrderDescending":
                chain.reverse()
            assert [parent for _, parent in chain] == [None, chain[0][0], chain[1][0]]
        limited = await world.ask(BOB, get_items(barn, more="<m:MaxItemsToReturn>1</m:MaxItemsToReturn>"))
        assert limited.texts("//t:Subject") == ["Barn"]
        ignoring = f"<m:FoldersToIgnore>{folder('inbox')}</m:FoldersToIgnore>"
        assert (await world.ask(BOB, get_items(barn, more=ignoring))).texts("//t:Subject") == ["RE: Barn"]
        assert (await world.ask(BOB, get_items(boat, more=ignoring))).codes == ["ErrorItemNotFound"]

    run(story, tmp_path)


def test_a_sync_state_brings_only_what_is_new(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await talk(world)
        barn = conversation_id(await world.ask(BOB, find_conversation()), "Barn")
        state = (await world.ask(BOB, get_items(barn))).text("//t:SyncState")
        again = await world.ask(BOB, get_items(barn, states=(state,)))
        assert again.codes == ["NoError"] and not again.all("//t:ConversationNode")
        await reply(world, BOB, "inbox", "No: answers to Boat")
        assert not (await world.ask(BOB, get_items(barn, states=(state,)))).all("//t:ConversationNode")
        await world.ask(
            BOB,
            "<m:MarkAllItemsAsRead><m:ReadFlag>true</m:ReadFlag><m:SuppressReadReceipts>true"
            f"</m:SuppressReadReceipts><m:FolderIds>{folder('inbox')}</m:FolderIds></m:MarkAllItemsAsRead>",
        )
        changed = await world.ask(BOB, get_items(barn, states=(state,)))
        assert len(changed.all("//t:ConversationNode")) == 2
        assert (await world.ask(BOB, get_items(barn, states=("AAAA",)))).codes == ["ErrorInvalidSyncStateData"]
        wrong = barn.replace('Id="', 'Id="x')
        assert (await world.ask(BOB, get_items(wrong))).codes == ["ErrorInvalidIdMalformed"]
        assert (await world.ask(ALICE, get_items(barn))).codes == ["ErrorAccessDenied"]
        included = "</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent></m:ItemShape>"
        mime = f"<m:ItemShape><t:BaseShape>IdOnly{included}"
        assert len((await world.ask(BOB, get_items(barn, shape=mime))).all("//t:MimeContent")) == 3

    run(story, tmp_path)


def outside(number: int, more: str = "", subject: str = "Hay") -> bytes:
    return (
        f"From: Eve <eve@fabrikam.test>\r\nTo: alice@contoso.test\r\nSubject: {subject}\r\n"
        f"Message-ID: <{number}@fabrikam.test>\r\n{more}\r\nBody {number}\r\n"
    ).encode()


INDEX = "AdMBAgMEAAECAwQFBgcICQoLDA0ODw=="
"""Twenty-two bytes: a reserved one, five of a time, and a guid; the first byte is 1."""


def test_threads_from_outside(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        async def arrive(number: int, more: str = "", subject: str = "Hay") -> None:
            world.clock.advance(minutes=1)
            await world.exchange.delivery.receive([ALICE], draft_of_mime(outside(number, more, subject)))

        await arrive(1)
        await arrive(2, "In-Reply-To: <1@fabrikam.test>\r\n", "Re: Hay")
        # A client that names only the message before its own, under a subject of its own.
        await arrive(3, "References: <2@fabrikam.test>\r\n", "Sv: Straw")
        await arrive(4, "", "Hay")
        await arrive(5, f"Thread-Index: {INDEX}\r\nThread-Topic: Outlook\r\n", "One")
        await arrive(6, f"Thread-Index: {INDEX[:-2]}\r\n", "Not an index")
        await arrive(7, f"Thread-Index: {INDEX}\r\nThread-Topic: Outlook\r\n", "RE: Two")
        answer = await world.ask(ALICE, find_conversation())
        counts = [
            (found.findtext("{*}ConversationTopic"), found.findtext("{*}MessageCount"))
            for found in answer.all("//t:Conversation")
        ]
        assert counts == [("Outlook", "2"), ("Not an index", "1"), ("Hay", "1"), ("Hay", "3")]

    run(story, tmp_path)


def test_conversations_in_an_archive(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        give(world)
        await send(world, BOB, "alice@contoso.test", "Barn")
        await reply(world, BOB, "sentitems", "More")
        here = conversation_id(await world.ask(RICH, find_conversation()), "Barn")
        old = ids(await find(world, RICH, "inbox"))[0]
        assert (await world.ask(RICH, archive(folder("inbox"), old))).codes == ["NoError"]
        scopes = {scope: f"<m:MailboxScope>{scope}</m:MailboxScope>" for scope in ("PrimaryOnly", "ArchiveOnly", "All")}
        seen = {
            name: len((await world.ask(RICH, get_items(here, more=scope))).all("//t:Message"))
            for name, scope in scopes.items()
        }
        assert seen["ArchiveOnly"] == 1 and seen["All"] == seen["PrimaryOnly"] + 1
        for where, more in (("inbox", scopes["ArchiveOnly"]), ("archiveinbox", ""), ("archivemsgfolderroot", "")):
            deep = ' Traversal="Deep"' if where.endswith("root") else ""
            found = await world.ask(RICH, find_conversation(where, more=more, attributes=deep))
            assert topics(found) == ["Barn"]
        there = conversation_id(await world.ask(RICH, find_conversation(more=scopes["ArchiveOnly"])), "Barn")
        assert (await world.ask(RICH, act("AlwaysCategorize", there))).codes == ["NoError"]
        assert (await world.ask(BOB, get_items(here, more=scopes["ArchiveOnly"]))).codes == ["ErrorInvalidOperation"]

    run(story, tmp_path)
