"""Folder classes: what a folder is written as follows from its class, and the two agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.ews.test_folders import EVERYTHING, by_id, create, get, ids, make, named, update
from tests.exchange.world import ALICE, T, World, run


@pytest.mark.parametrize(
    ("kind", "more", "folder_class"),
    [
        ("Folder", "", ""),
        ("Folder", "<t:FolderClass>IPF.Note</t:FolderClass>", "IPF.Note"),
        ("CalendarFolder", "", "IPF.Appointment"),
        ("ContactsFolder", "", "IPF.Contact"),
        ("TasksFolder", "", "IPF.Task"),
        ("Folder", "<t:FolderClass>IPF.Note.Foo</t:FolderClass>", "IPF.Note.Foo"),
    ],
)
def test_a_new_folder_is_of_its_kind(kind: str, more: str, folder_class: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        made = await world.ask(ALICE, create(named("msgfolderroot"), "New", kind=kind, more=more))
        assert made.all("//m:Folders/*")[0].tag == T + kind
        found = await world.ask(ALICE, get(by_id(*ids(made)), EVERYTHING))
        assert found.texts("//t:FolderClass") == ([folder_class] if folder_class else [])

    run(story, tmp_path)


def test_a_folder_keeps_its_type(tmp_path: Path) -> None:
    path = '<t:FieldURI FieldURI="folder:FolderClass"/>'

    async def story(world: World) -> None:
        one = await make(world, named("inbox"), "One")
        for folder_class, code in (
            ("IPF.Note.Bar", "NoError"),
            ("IPF.Appointment", "ErrorObjectTypeChanged"),
            ("Nonsense", "ErrorObjectTypeChanged"),
        ):
            value = f"<t:FolderClass>{folder_class}</t:FolderClass>"
            assert (await world.ask(ALICE, update(by_id(one), path, value))).codes == [code]

    run(story, tmp_path)


def test_a_folder_class_agrees_with_the_type_of_its_folder(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for folder_class, code in (("IPF.Note", "ErrorNoFolderClassOverride"), ("IPF.Contact.Circle", "NoError")):
            body = (
                f"<m:CreateFolder><m:ParentFolderId>{named('inbox')}</m:ParentFolderId><m:Folders><t:ContactsFolder>"
                f"<t:FolderClass>{folder_class}</t:FolderClass><t:DisplayName>Circle</t:DisplayName>"
                "</t:ContactsFolder></m:Folders></m:CreateFolder>"
            )
            assert (await world.ask(ALICE, body)).codes == [code]

    run(story, tmp_path)
