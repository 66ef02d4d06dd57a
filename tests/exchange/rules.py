"""Inbox rules as clients ask for them."""

from __future__ import annotations

from samband.model.people import Person
from tests.exchange.world import Answer, World


def rule(
    actions: str, conditions: str = "", exceptions: str = "", *, name: str = "Rule", priority: int = 1, head: str = ""
) -> str:
    """``t:Rule`` that is enabled; ``head`` are elements before its name."""
    return (
        f"<t:Rule>{head}<t:DisplayName>{name}</t:DisplayName><t:Priority>{priority}</t:Priority>"
        f"<t:IsEnabled>true</t:IsEnabled><t:Conditions>{conditions}</t:Conditions>"
        f"<t:Exceptions>{exceptions}</t:Exceptions><t:Actions>{actions}</t:Actions></t:Rule>"
    )


def create(written: str) -> str:
    return f"<t:CreateRuleOperation>{written}</t:CreateRuleOperation>"


def replace(written: str) -> str:
    return f"<t:SetRuleOperation>{written}</t:SetRuleOperation>"


def delete(rule_id: str) -> str:
    return f"<t:DeleteRuleOperation><t:RuleId>{rule_id}</t:RuleId></t:DeleteRuleOperation>"


def strings(name: str, *values: str) -> str:
    return f"<t:{name}>{''.join(f'<t:String>{value}</t:String>' for value in values)}</t:{name}>"


def addresses(name: str, *values: str) -> str:
    written = "".join(f"<t:Address><t:EmailAddress>{value}</t:EmailAddress></t:Address>" for value in values)
    return f"<t:{name}>{written}</t:{name}>"


def to_folder(name: str, folder_id: str) -> str:
    """An action with a folder; a plain word is a distinguished one."""
    kind = "DistinguishedFolderId" if folder_id.isalpha() else "FolderId"
    return f'<t:{name}><t:{kind} Id="{folder_id}"/></t:{name}>'


async def update(world: World, who: Person, *operations: str, blob: str = "true", mailbox: str = "") -> Answer:
    """UpdateInboxRules."""
    address = f"<m:MailboxSmtpAddress>{mailbox}</m:MailboxSmtpAddress>" if mailbox else ""
    return await world.ask(
        who,
        f"<m:UpdateInboxRules>{address}<m:RemoveOutlookRuleBlob>{blob}</m:RemoveOutlookRuleBlob>"
        f"<m:Operations>{''.join(operations)}</m:Operations></m:UpdateInboxRules>",
    )


async def add(world: World, who: Person, actions: str, conditions: str = "", exceptions: str = "") -> None:
    """One more rule, after those that are there."""
    priority = len((await get(world, who)).all("//t:Rule")) + 1
    written = rule(actions, conditions, exceptions, name=f"Rule {priority}", priority=priority)
    assert (await update(world, who, create(written))).codes == ["NoError"]


async def get(world: World, who: Person, mailbox: str = "") -> Answer:
    """GetInboxRules."""
    address = f"<m:MailboxSmtpAddress>{mailbox}</m:MailboxSmtpAddress>" if mailbox else ""
    return await world.ask(who, f"<m:GetInboxRules>{address}</m:GetInboxRules>")


async def make_folder(world: World, who: Person, name: str) -> str:
    """The identifier of a new folder in the inbox."""
    answer = await world.ask(
        who,
        '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderId><m:Folders>'
        f"<t:Folder><t:DisplayName>{name}</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>",
    )
    return answer.one("//t:FolderId").get("Id") or ""
