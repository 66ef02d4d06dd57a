"""What an item's shape says of bodies: filtered, images, links, cut, and what is new in an answer."""

from __future__ import annotations

import base64
from pathlib import Path

from tests.exchange.ews.conversation_requests import reply
from tests.exchange.ews.mail_requests import find, id_of, ids, send
from tests.exchange.world import ALICE, BOB, Answer, World, run

HTML = (
    '&lt;p onclick="a()"&gt;Words&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;&lt;img src="http://x.test/a.png"&gt;'
    '&lt;img src="cid:pic"&gt;&lt;a href="http://x.test/"&gt;there&lt;/a&gt;'
)
PICTURE = (
    f"<t:FileAttachment><t:Name>a.png</t:Name><t:ContentId>pic</t:ContentId><t:IsInline>true</t:IsInline>"
    f"<t:Content>{base64.b64encode(b'png').decode()}</t:Content></t:FileAttachment>"
)


async def make(world: World) -> str:
    answer = await world.ask(
        ALICE,
        '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>A</t:Subject>'
        f'<t:Body BodyType="HTML">{HTML}</t:Body><t:Attachments>{PICTURE}</t:Attachments></t:Message></m:Items>'
        "</m:CreateItem>",
    )
    return id_of(answer)


async def shown(world: World, item: str, options: str = "", *uris: str) -> Answer:
    fields = "".join(f'<t:FieldURI FieldURI="{uri}"/>' for uri in (uris or ("item:Body",)))
    return await world.ask(
        ALICE,
        f"<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>{options}"
        f"<t:AdditionalProperties>{fields}</t:AdditionalProperties></m:ItemShape><m:ItemIds>{item}</m:ItemIds></m:GetItem>",
    )


def test_bodies_as_the_shape_has_them(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        item = await make(world)
        raw = (await shown(world, item)).text("//t:Body")
        assert "script" in raw and "onclick" in raw
        filtered = (await shown(world, item, "<t:FilterHtmlContent>true</t:FilterHtmlContent>")).text("//t:Body")
        assert "script" not in filtered and "onclick" not in filtered and "Words" in filtered
        block = "<t:BlockExternalImages>true</t:BlockExternalImages>"
        everything = ("item:Body", "item:HasBlockedImages", "item:BlockStatus")
        blocked = await shown(world, item, block, *everything)
        assert 'src="http' not in blocked.text("//t:Body").replace("blockedimagesrc", "")
        assert (blocked.text("//t:HasBlockedImages"), blocked.text("//t:BlockStatus")) == ("true", "true")
        unblocked = await shown(world, item, "", *everything)
        assert unblocked.text("//t:HasBlockedImages") == "false"
        linked = await shown(world, item, "<t:AddBlankTargetToLinks>true</t:AddBlankTargetToLinks>")
        assert 'target="_blank"' in linked.text("//t:Body")
        template = "<t:InlineImageUrlTemplate>https://mail.test/img?id={id}</t:InlineImageUrlTemplate>"
        assert 'src="https://mail.test/img?id=' in (await shown(world, item, template)).text("//t:Body")
        bad = "<t:MaximumBodySize>much</t:MaximumBodySize>"
        refused = await world.ask(
            ALICE,
            f"<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>{bad}</m:ItemShape>"
            f"<m:ItemIds>{item}</m:ItemIds></m:GetItem>",
            status=500,
        )
        assert refused.codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)


def test_long_bodies_are_cut(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, BOB, "alice@contoso.test", "Long", body="ö" * 50)
        item = ids(await find(world, ALICE, "inbox"))[0]
        for size, length, cut in ((11, 5, "true"), (1000, 50, "false")):
            answer = await shown(
                world, item, f"<t:MaximumBodySize>{size}</t:MaximumBodySize>", "item:Body", "item:TextBody"
            )
            for name in ("Body", "TextBody"):
                body = answer.one(f"//t:{name}")
                assert body.get("IsTruncated") == cut
            assert answer.text("//t:TextBody").strip() == "ö" * length

    run(story, tmp_path)


def test_what_is_new_in_an_answer(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, ALICE, "bob@contoso.test", "Question", body="Which barn?")
        await reply(world, BOB, "inbox", "The red one")
        item = ids(await find(world, ALICE, "inbox"))[0]
        answer = await shown(world, item, "<t:BodyType>Text</t:BodyType>", "item:Body", "item:UniqueBody")
        assert "Which barn?" in answer.text("//t:Body") and "The red one" in answer.text("//t:Body")
        assert answer.text("//t:UniqueBody").strip() == "The red one"

    run(story, tmp_path)
