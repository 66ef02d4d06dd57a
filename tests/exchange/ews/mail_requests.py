"""Mail as clients ask for it."""

from __future__ import annotations

from lxml import etree

from samband.model.people import Person
from tests.exchange.world import Answer, World


def folder(name: str) -> str:
    return f'<t:DistinguishedFolderId Id="{name}"/>'


async def send(world: World, who: Person, to: str, subject: str, body: str = "Hello", more: str = "") -> None:
    """Send a message and keep a copy; the next one is sent a second later."""
    world.clock.advance(seconds=1)
    recipients = f"<t:ToRecipients><t:Mailbox><t:EmailAddress>{to}</t:EmailAddress></t:Mailbox></t:ToRecipients>"
    answer = await world.ask(
        who,
        '<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:Items><t:Message>'
        f'<t:Subject>{subject}</t:Subject><t:Body BodyType="Text">{body}</t:Body>{recipients}{more}'
        "</t:Message></m:Items></m:CreateItem>",
    )
    assert answer.codes == ["NoError"]


async def find(world: World, who: Person, where: str, *uris: str) -> list[etree._Element]:
    """The items of a default folder, oldest first, with more fields than their identifiers."""
    fields = "".join(f'<t:FieldURI FieldURI="{uri}"/>' for uri in ("item:Subject", *uris))
    order = '<m:SortOrder><t:FieldOrder Order="Ascending"><t:FieldURI FieldURI="item:DateTimeCreated"/></t:FieldOrder>'
    answer = await world.ask(
        who,
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>'
        f"<t:AdditionalProperties>{fields}</t:AdditionalProperties></m:ItemShape>{order}</m:SortOrder>"
        f"<m:ParentFolderIds>{folder(where)}</m:ParentFolderIds></m:FindItem>",
    )
    return answer.all("//t:Items/*")


async def subjects(world: World, who: Person, where: str) -> list[str]:
    """The subjects in a default folder, oldest first."""
    return [item.findtext("{*}Subject") or "" for item in await find(world, who, where)]


def ids(items: list[etree._Element]) -> list[str]:
    """Written ItemIds of items of an answer."""
    found = [item.find("{*}ItemId") for item in items]
    return [f'<t:ItemId Id="{one.get("Id")}" ChangeKey="{one.get("ChangeKey")}"/>' for one in found if one is not None]


def id_of(answer: Answer) -> str:
    """The only identifier in an answer, written."""
    one = answer.one("//t:ItemId")
    return f'<t:ItemId Id="{one.get("Id")}" ChangeKey="{one.get("ChangeKey")}"/>'
