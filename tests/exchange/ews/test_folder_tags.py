"""Retention tags of folders: given, read back, taken away."""

from __future__ import annotations

from pathlib import Path

from tests.exchange.ews.mail_requests import folder
from tests.exchange.world import ALICE, Answer, World, run

TAG = "d5c8a2c0-7d5c-4a7b-9a3a-0f8a5d7f3b11"


async def shown(world: World) -> Answer:
    fields = "".join(f'<t:FieldURI FieldURI="folder:{name}"/>' for name in ("PolicyTag", "ArchiveTag"))
    return await world.ask(
        ALICE,
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        f"{fields}</t:AdditionalProperties></m:FolderShape><m:FolderIds>{folder('notes')}</m:FolderIds></m:GetFolder>",
    )


async def update(world: World, change: str) -> list[str]:
    answer = await world.ask(
        ALICE,
        f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{folder('notes')}<t:Updates>{change}</t:Updates>"
        "</t:FolderChange></m:FolderChanges></m:UpdateFolder>",
    )
    return answer.codes


def test_tags_of_a_folder(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for name in ("PolicyTag", "ArchiveTag"):
            path = f'<t:FieldURI FieldURI="folder:{name}"/>'
            given = f'<t:Folder><t:{name} IsExplicit="true">{TAG}</t:{name}></t:Folder>'
            assert await update(world, f"<t:SetFolderField>{path}{given}</t:SetFolderField>") == ["NoError"]
            assert (await shown(world)).text(f"//t:{name}") == TAG
            assert (await shown(world)).one(f"//t:{name}").get("IsExplicit") == "true"
            assert await update(world, f"<t:DeleteFolderField>{path}</t:DeleteFolderField>") == ["NoError"]
            assert not (await shown(world)).all(f"//t:{name}")

    run(story, tmp_path)
