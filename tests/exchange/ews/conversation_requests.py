"""Conversations as clients ask for them."""

from __future__ import annotations

from lxml import etree

from samband.model.people import Person
from tests.exchange.ews.mail_requests import find, folder, ids
from tests.exchange.world import Answer, World

ALL = "<m:ConversationShape><t:BaseShape>AllProperties</t:BaseShape></m:ConversationShape>"
SUBJECTS = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>'
)


def find_conversation(
    where: str = "inbox", *, view: str = "", sort: str = "", more: str = "", shape: str = ALL, attributes: str = ""
) -> str:
    order = f"<m:SortOrder>{sort}</m:SortOrder>" if sort else ""
    return (
        f"<m:FindConversation{attributes}>{view}{order}<m:ParentFolderId>{folder(where)}</m:ParentFolderId>{more}{shape}"
        "</m:FindConversation>"
    )


def order(name: str, direction: str = "Descending") -> str:
    return f'<t:FieldOrder Order="{direction}"><t:FieldURI FieldURI="conversation:{name}"/></t:FieldOrder>'


async def reply(world: World, who: Person, where: str, body: str, kind: str = "ReplyToItem") -> None:
    """Answer the latest message of a default folder, a minute later."""
    world.clock.advance(minutes=1)
    latest = ids(await find(world, who, where))[-1].replace("ItemId", "ReferenceItemId", 1)
    answer = await world.ask(
        who,
        f'<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:Items><t:{kind}>{latest}'
        f'<t:NewBodyContent BodyType="Text">{body}</t:NewBodyContent></t:{kind}></m:Items></m:CreateItem>',
    )
    assert answer.codes == ["NoError"]


def topics(answer: Answer) -> list[str]:
    return answer.texts("//t:Conversation/t:ConversationTopic")


def conversation_id(answer: Answer, topic: str) -> str:
    """The written ConversationId of the conversation about ``topic``."""
    for one in answer.all("//t:Conversation"):
        if one.findtext("{*}ConversationTopic") == topic:
            return f'<t:ConversationId Id="{one.find("{*}ConversationId").get("Id")}"/>'
    raise AssertionError(topic)


def get_items(*conversations: str, more: str = "", shape: str = SUBJECTS, states: tuple[str, ...] = ()) -> str:
    known = [f"<t:SyncState>{state}</t:SyncState>" for state in states] or [""] * len(conversations)
    wanted = "".join(
        f"<t:Conversation>{one}{state}</t:Conversation>" for one, state in zip(conversations, known, strict=True)
    )
    return f"<m:GetConversationItems>{shape}{more}<m:Conversations>{wanted}</m:Conversations></m:GetConversationItems>"


def act(kind: str, conversation: str, more: str = "") -> str:
    return (
        "<m:ApplyConversationAction><m:ConversationActions><t:ConversationAction>"
        f"<t:Action>{kind}</t:Action>{conversation}{more}</t:ConversationAction></m:ConversationActions>"
        "</m:ApplyConversationAction>"
    )


def one(answer: Answer, topic: str) -> etree._Element:
    """The conversation about ``topic``."""
    return next(found for found in answer.all("//t:Conversation") if found.findtext("{*}ConversationTopic") == topic)


def strings(conversation: etree._Element, name: str) -> list[str]:
    return [text.text or "" for text in conversation.iterfind(f"{{*}}{name}/*")]
