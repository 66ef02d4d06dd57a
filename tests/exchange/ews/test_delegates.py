from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.world import ALICE, World, run


def request(address: str = "alice@contoso.test", users: str = "", flag: str = "true") -> str:
    mailbox = f"<m:Mailbox><t:EmailAddress>{address}</t:EmailAddress></m:Mailbox>"
    named = f"<m:UserIds>{users}</m:UserIds>" if users else ""
    return f'<m:GetDelegate IncludePermissions="{flag}">{mailbox}{named}</m:GetDelegate>'


def user(**said: str) -> str:
    return "<t:UserId>" + "".join(f"<t:{name}>{value}</t:{name}>" for name, value in said.items()) + "</t:UserId>"


def test_a_mailbox_has_no_delegates(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, request())
        assert answer.codes == ["NoError"] and not answer.all("//m:ResponseMessages")
        users = (
            user(SID="XXX") + user(PrimarySmtpAddress="x@contoso.test") + user(PrimarySmtpAddress="bob@contoso.test")
        )
        answer = await world.ask(ALICE, request(users=users))
        assert sorted(answer.codes) == ["ErrorDelegateNoUser", "ErrorInvalidUserSid", "ErrorNotDelegate", "NoError"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("address", "code"), [("bob@contoso.test", "ErrorAccessDenied"), ("x@contoso.test", "ErrorNonExistentMailbox")]
)
def test_whose_delegates_nobody_else_sees(tmp_path: Path, address: str, code: str) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, request(address))).codes == [code]

    run(story, tmp_path)


def test_what_breaks_the_schema_is_refused(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, request(flag="x"), status=500)).codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)
