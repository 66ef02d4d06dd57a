"""Operations of features that are not set up: each has a proper answer, and every other name one too."""

from __future__ import annotations

from pathlib import Path

import pytest

from samband.exchange.ews.absent_features import REFUSED
from samband.exchange.ews.operations import OPERATIONS
from tests import ews_support
from tests.exchange.ews.test_junk import folder
from tests.exchange.world import ALICE, World, run


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_feature_that_is_not_set_up(name: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, f"<m:{name}/>")
        assert answer.codes == [REFUSED[name][0].code]
        assert (await world.ask(ALICE, f"<m:{name}/>", version="Exchange2007", status=500)).codes == [
            "ErrorInvalidRequest"
        ]

    run(story, tmp_path)


def test_every_operation_of_the_schema_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        names = [name for name in ews_support.names("ews_operations.txt") if ews_support.operation(name)[0] == "No"]
        assert names
        for name in names:
            assert name not in OPERATIONS
            answer = await world.ask(ALICE, f"<m:{name}/>", status=500)
            assert answer.codes == ["ErrorInvalidRequest"], name

    run(story, tmp_path)


def test_lists_with_nothing_in_them(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        old = await world.ask(ALICE, "<m:GetAppManifests/>")
        assert old.codes == ["NoError"] and len(old.one("//m:Manifests")) == 0
        new = await world.ask(
            ALICE, "<m:GetAppManifests><m:ApiVersionSupported>1.1</m:ApiVersionSupported></m:GetAppManifests>"
        )
        assert new.codes == ["NoError"] and len(new.one("//m:Apps")) == 0
        tags = await world.ask(ALICE, "<m:GetUserRetentionPolicyTags/>")
        assert tags.codes == ["NoError"] and len(tags.one("//m:RetentionPolicyTags")) == 0

    run(story, tmp_path)


def test_one_refusal_for_each_thing_asked_for(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        names = "<t:FolderName>Legal</t:FolderName><t:FolderName>Tax</t:FolderName>"
        answer = await world.ask(
            ALICE, f"<m:CreateManagedFolder><m:FolderNames>{names}</m:FolderNames></m:CreateManagedFolder>"
        )
        assert answer.codes == ["ErrorManagedFolderNotFound"] * 2
        wanted = "<t:TokenRequest><t:Id>1</t:Id><t:TokenType>CallerIdentity</t:TokenType></t:TokenRequest>"
        answer = await world.ask(
            ALICE, f"<m:GetClientAccessToken><m:TokenRequests>{wanted}</m:TokenRequests></m:GetClientAccessToken>"
        )
        assert answer.codes == ["ErrorInvalidClientAccessTokenRequest"]
        for empty in (
            "<m:CreateManagedFolder><m:FolderNames/></m:CreateManagedFolder>",
            "<m:GetClientAccessToken><m:TokenRequests/></m:GetClientAccessToken>",
        ):
            assert (await world.ask(ALICE, empty, status=500)).codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)


def test_what_services_allow(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        kinds = "UnifiedMessagingConfiguration ProtectionRules PolicyNudges SharePointURLs"
        asked = "".join(f"<m:ConfigurationName>{kind}</m:ConfigurationName>" for kind in kinds.split())
        answer = await world.ask(
            ALICE, "<m:GetServiceConfiguration><m:RequestedConfiguration>"
            f"{asked}</m:RequestedConfiguration></m:GetServiceConfiguration>",
        )  # fmt: skip
        assert answer.codes == ["NoError"] * 5
        assert answer.text("//t:UmEnabled") == "false"
        assert answer.one("//m:ProtectionRulesConfiguration//t:Domain").get("Name") == "contoso.test"
        assert len(answer.all("//m:PolicyNudgeRulesConfiguration")) == 1

    run(story, tmp_path)


def path(*names: str, parent: str = folder("inbox")) -> str:
    folders = "".join(f"<t:Folder><t:DisplayName>{name}</t:DisplayName></t:Folder>" for name in names)
    return (
        f"<m:CreateFolderPath><m:ParentFolderId>{parent}</m:ParentFolderId>"
        f"<m:RelativeFolderPath>{folders}</m:RelativeFolderPath></m:CreateFolderPath>"
    )


def test_a_path_of_folders_is_made_as_far_as_it_is_not_there(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        first = await world.ask(ALICE, path("a", "b"))
        assert first.codes == ["NoError"] * 2
        again = await world.ask(ALICE, path("A", "b", "c"))
        assert again.codes == ["NoError"] * 3
        ids = [[one.get("Id") for one in answer.all("//t:FolderId")] for answer in (first, again)]
        assert ids[0] == ids[1][:2] and len(set(ids[1])) == 3
        failed = await world.ask(ALICE, path("a", " ", "d"))
        assert failed.codes == ["NoError", "ErrorFolderSave", "ErrorBatchProcessingStopped"]
        nowhere = await world.ask(ALICE, path("a", parent=folder("archiveinbox")))
        assert nowhere.codes == ["ErrorFolderNotFound"]

    run(story, tmp_path)
