from __future__ import annotations

from pathlib import Path

import pytest

from samband.model.item_properties import ItemProperties
from samband.model.items import ItemKind
from samband.store import items
from samband.store.api import WriteTx
from samband.store.items import Tally
from tests.exchange.rules import (
    add,
    addresses,
    create,
    delete,
    get,
    make_folder,
    replace,
    rule,
    strings,
    to_folder,
    update,
)
from tests.exchange.world import ALICE, BOB, World, run

MARK = "<t:MarkAsRead>true</t:MarkAsRead>"
NO_ID = "AAAAAAAAAAE="


def test_a_rule_comes_back_as_it_was_said(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        folder = await make_folder(world, ALICE, "Reports")
        conditions = (
            strings("Categories", "red")
            + strings("ContainsSubjectStrings", "report", "R&amp;D")
            + "<t:FlaggedForAction>FYI</t:FlaggedForAction>"
            + addresses("FromAddresses", "bob@contoso.test", "x@fabrikam.test")
            + "<t:HasAttachments>true</t:HasAttachments><t:Importance>High</t:Importance>"
            + "<t:IsNDR>false</t:IsNDR><t:SentToMe>true</t:SentToMe><t:Sensitivity>Private</t:Sensitivity>"
            + "<t:WithinDateRange><t:StartDateTime>2026-01-01T00:00:00+01:00</t:StartDateTime></t:WithinDateRange>"
            + "<t:WithinSizeRange><t:MinimumSize>0</t:MinimumSize><t:MaximumSize>9</t:MaximumSize></t:WithinSizeRange>"
        )
        actions = (
            strings("AssignCategories", "blue")
            + to_folder("CopyToFolder", "junkemail")
            + addresses("ForwardToRecipients", "carol@contoso.test")
            + "<t:MarkImportance>Low</t:MarkImportance>"
            + MARK
            + to_folder("MoveToFolder", folder)
            + "<t:StopProcessingRules>true</t:StopProcessingRules>"
        )
        written = rule(actions, conditions, strings("ContainsBodyStrings", "urgent"), name="My rule", priority=5)
        assert (await update(world, ALICE, create(written))).codes == ["NoError"]
        answer = await get(world, ALICE, "alice@contoso.test")
        assert answer.codes == ["NoError"]
        assert answer.text("//m:OutlookRuleBlobExists") == "false"
        assert answer.text("//t:Rule/t:DisplayName") == "My rule"
        assert answer.text("//t:Rule/t:Priority") == "5"
        assert answer.texts("//t:Conditions//t:String") == ["red", "report", "R&D"]
        assert answer.texts("//t:FromAddresses/t:Address/t:Name") == ["Bob"]
        assert answer.texts("//t:FromAddresses//t:EmailAddress") == ["bob@contoso.test", "x@fabrikam.test"]
        assert answer.text("//t:StartDateTime") == "2025-12-31T23:00:00Z"
        assert answer.texts("//t:WithinSizeRange/*") == ["0", "9"]
        assert not answer.all("//t:IsNDR"), "false asks for nothing"
        assert answer.texts("//t:Exceptions//t:String") == ["urgent"]
        assert answer.one("//t:MoveToFolder/t:FolderId").get("Id") == folder
        assert not answer.all("//t:IsInError")

    run(story, tmp_path)


def test_rules_are_replaced_and_removed_and_give_way(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert not (await get(world, ALICE)).all("//m:InboxRules")
        for name in ("one", "two", "three"):
            assert (await update(world, ALICE, create(rule(MARK, name=name)))).codes == ["NoError"]
        answer = await get(world, ALICE)
        assert answer.texts("//t:DisplayName") == ["three", "two", "one"]
        assert answer.texts("//t:Priority") == ["1", "2", "3"]
        three, two, one = answer.texts("//t:RuleId")
        changed = rule(MARK, name="first", head=f"<t:RuleId>{one}</t:RuleId>")
        assert (await update(world, ALICE, delete(three), replace(changed))).codes == ["NoError"]
        answer = await get(world, ALICE)
        assert answer.texts("//t:DisplayName") == ["first", "two"]
        assert answer.texts("//t:RuleId") == [one, two]
        assert answer.texts("//t:Priority") == ["1", "2"]
        assert not (await get(world, BOB)).all("//t:Rule")

    run(story, tmp_path)


LONG = "x" * 256
REFUSED = [
    (create(rule(MARK, name=" ")), "DisplayName", "EmptyValueFound"),
    (create(rule(MARK, name=LONG)), "DisplayName", "StringValueTooBig"),
    (create(rule(MARK, priority=0)), "Priority", "InvalidValue"),
    (create(rule(MARK, head=f"<t:RuleId>{NO_ID}</t:RuleId>")), "RuleId", "CreateWithRuleId"),
    (create(rule("")), "Actions", "MissingAction"),
    (create(rule("<t:Delete>false</t:Delete>")), "Actions", "MissingAction"),
    (replace(rule(MARK)), "RuleId", "MissingParameter"),
    (replace(rule(MARK, head=f"<t:RuleId>{NO_ID}</t:RuleId>")), "RuleId", "RuleNotFound"),
    (replace(rule(MARK, head="<t:RuleId>rubbish</t:RuleId>")), "RuleId", "RuleNotFound"),
    (delete(NO_ID), "RuleId", "RuleNotFound"),
    (
        create(rule(MARK).replace("<t:Conditions>", "<t:IsInError>true</t:IsInError><t:Conditions>")),
        "IsInError",
        "NotSettable",
    ),
    (create(rule(MARK, strings("Categories"))), "Condition:Categories", "EmptyValueFound"),
    (create(rule(MARK, "", strings("ItemClasses", ""))), "Exception:ItemClasses", "EmptyValueFound"),
    (create(rule(MARK, strings("ContainsBodyStrings", LONG))), "Condition:ContainsBodyStrings", "StringValueTooBig"),
    (
        create(rule(MARK, strings("FromConnectedAccounts", "a"))),
        "Condition:FromConnectedAccounts",
        "ConnectedAccountNotFound",
    ),
    (
        create(rule(MARK, strings("MessageClassifications", "a"))),
        "Condition:MessageClassifications",
        "MessageClassificationNotFound",
    ),
    (create(rule(MARK, "<t:WithinDateRange/>")), "Condition:WithinDateRange", "MissingRangeValue"),
    (
        create(
            rule(
                MARK,
                "<t:WithinDateRange><t:StartDateTime>2026-02-01T00:00:00Z</t:StartDateTime>"
                "<t:EndDateTime>2026-01-01T00:00:00Z</t:EndDateTime></t:WithinDateRange>",
            )
        ),
        "Condition:WithinDateRange",
        "InvalidDateRange",
    ),
    (create(rule(MARK, "<t:WithinSizeRange/>")), "Condition:WithinSizeRange", "MissingRangeValue"),
    (
        create(rule(MARK, "<t:WithinSizeRange><t:MinimumSize>-1</t:MinimumSize></t:WithinSizeRange>")),
        "Condition:WithinSizeRange",
        "SizeLessThanZero",
    ),
    (
        create(
            rule(
                MARK,
                "<t:WithinSizeRange><t:MinimumSize>2</t:MinimumSize><t:MaximumSize>1</t:MaximumSize></t:WithinSizeRange>",
            )
        ),
        "Condition:WithinSizeRange",
        "InvalidSizeRange",
    ),
    (create(rule(addresses("ForwardToRecipients"))), "Action:ForwardToRecipients", "EmptyValueFound"),
    (create(rule(addresses("RedirectToRecipients", "rubbish"))), "Action:RedirectToRecipients", "InvalidAddress"),
    (
        create(rule("<t:ForwardToRecipients><t:Address/></t:ForwardToRecipients>")),
        "Action:ForwardToRecipients",
        "InvalidAddress",
    ),
    (
        create(
            rule(
                "<t:ForwardToRecipients><t:Address><t:EmailAddress>/o=x/cn=y</t:EmailAddress>"
                "<t:RoutingType>EX</t:RoutingType></t:Address></t:ForwardToRecipients>"
            )
        ),
        "Action:ForwardToRecipients",
        "RecipientDoesNotExist",
    ),
    (create(rule(to_folder("MoveToFolder", "AAA="))), "Action:MoveToFolder", "InvalidFolderId"),
    (create(rule(to_folder("MoveToFolder", "teamchat"))), "Action:MoveToFolder", "FolderDoesNotExist"),
    (create(rule("<t:ServerReplyWithMessage/>")), "Action:ServerReplyWithMessage", "InvalidValue"),
    (create(rule('<t:ServerReplyWithMessage Id="AAA="/>')), "Action:ServerReplyWithMessage", "InvalidValue"),
    (
        create(rule(addresses("SendSMSAlertToRecipients", "a@b.test"))),
        "Action:SendSMSAlertToRecipients",
        "UnsupportedRule",
    ),
    (create(rule(MARK)) + create(rule(MARK)), "Priority", "DuplicatedPriority"),
]


@pytest.mark.parametrize(("operation", "field", "code"), REFUSED)
def test_what_is_wrong_is_said_of_its_place(operation: str, field: str, code: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await update(world, ALICE, create(rule(MARK, name="good", priority=77)), operation)
        assert answer.codes == ["ErrorInboxRulesValidationError"]
        assert answer.text("//m:MessageText") == ("A validation error occurred while executing the rule operation.")
        assert set(answer.texts("//t:FieldURI")) == {field}
        assert set(answer.texts("//t:ErrorCode")) == {code}
        assert answer.texts("//t:OperationIndex")[0] == "1"
        assert not (await get(world, ALICE)).all("//t:Rule"), "all or nothing"

    run(story, tmp_path)


def test_one_operation_a_rule(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await add(world, ALICE, MARK)
        number = (await get(world, ALICE)).text("//t:RuleId")
        answer = await update(world, ALICE, replace(rule(MARK, head=f"<t:RuleId>{number}</t:RuleId>")), delete(number))
        assert answer.texts("//t:ErrorCode") == ["DuplicatedOperationOnTheSameRule"] * 2
        assert answer.texts("//t:OperationIndex") == ["0", "1"]

    run(story, tmp_path)


def test_there_is_room_for_64_kilobytes_of_rules(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        many = strings("ContainsBodyStrings", *[f"{n:0>250}" for n in range(100)])
        await add(world, ALICE, MARK, many)
        await add(world, ALICE, MARK, many)
        answer = await update(world, ALICE, create(rule(MARK, many, priority=9)))
        assert answer.codes == ["ErrorRulesOverQuota"]
        assert len((await get(world, ALICE)).all("//t:Rule")) == 2

    run(story, tmp_path)


def test_what_outlook_keeps_beside_them_is_removed_only_by_who_says_so(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        inbox = (await world.exchange.folders.ensure(ALICE.msExchMailboxGuid))["inbox"]

        def put(tx: WriteTx) -> None:
            tally = Tally()
            properties = ItemProperties(subject="Outlook Rules Organizer", is_associated=True)
            kind, name = ItemKind.ITEM, "IPM.RuleOrganizer"
            items.insert(tx, world.store.blobs, tally, ALICE.msExchMailboxGuid, inbox, kind, name, properties)
            tally.settle(tx)

        await world.store.write(put)
        assert (await get(world, ALICE)).text("//m:OutlookRuleBlobExists") == "true"
        answer = await update(world, ALICE, create(rule(MARK)), blob="false")
        assert answer.codes == ["ErrorOutlookRuleBlobExists"]
        assert (await update(world, ALICE, create(rule(MARK)))).codes == ["NoError"]
        answer = await get(world, ALICE)
        assert answer.text("//m:OutlookRuleBlobExists") == "false"
        assert len(answer.all("//t:Rule")) == 1

    run(story, tmp_path)


def test_rules_are_their_owners(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await add(world, ALICE, MARK)
        assert (await get(world, BOB, ALICE.mail)).codes == ["ErrorAccessDenied"]
        assert (await update(world, BOB, create(rule(MARK)), mailbox=ALICE.mail)).codes == ["ErrorAccessDenied"]
        folder = await make_folder(world, ALICE, "Mine")
        answer = await update(world, BOB, create(rule(to_folder("MoveToFolder", folder))))
        assert answer.texts("//t:ErrorCode") == ["FolderDoesNotExist"]

    run(story, tmp_path)


def test_what_is_against_the_schema_is_a_fault(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for bad in (
            "",
            "<t:CreateRuleOperation/>",
            "<t:Other/>",
            create(rule("<t:Explode>true</t:Explode>")),
            create(rule("<t:Delete>perhaps</t:Delete>")),
            create(rule(MARK, "<t:FlaggedForAction>Perhaps</t:FlaggedForAction>")),
            create(rule("<t:MoveToFolder/>")),
        ):
            body = f"<m:UpdateInboxRules><m:Operations>{bad}</m:Operations></m:UpdateInboxRules>"
            assert (await world.ask(ALICE, body, status=500)).codes == ["ErrorSchemaValidation"], bad

    run(story, tmp_path)


def test_a_search_folder_takes_no_mail(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(
            ALICE,
            '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="searchfolders"/></m:ParentFolderId>'
            "<m:Folders><t:SearchFolder><t:DisplayName>Unread</t:DisplayName><t:SearchParameters><t:Restriction>"
            '<t:Exists><t:FieldURI FieldURI="item:Subject"/></t:Exists></t:Restriction><t:BaseFolderIds>'
            '<t:DistinguishedFolderId Id="inbox"/></t:BaseFolderIds></t:SearchParameters></t:SearchFolder></m:Folders>'
            "</m:CreateFolder>",
        )
        folder = answer.one("//t:SearchFolder/t:FolderId").get("Id") or ""
        for action in ("MoveToFolder", "CopyToFolder"):
            answer = await update(world, ALICE, create(rule(to_folder(action, folder))))
            assert answer.texts("//t:FieldURI") == [f"Action:{action}"]
            assert answer.texts("//t:ErrorCode") == ["FolderDoesNotExist"]

    run(story, tmp_path)
