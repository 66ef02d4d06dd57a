from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.exchange.world import ALICE, BOB, World, run

IMPERSONATE_ALICE = (
    "<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>alice@contoso.test</t:PrimarySmtpAddress>"
    "</t:ConnectingSID></t:ExchangeImpersonation>"
)


def get(address: str) -> str:
    return (
        f"<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>{address}</t:Address></t:Mailbox>"
        "</m:GetUserOofSettingsRequest>"
    )


def put(address: str, state: str, duration: str = "", replies: str = "", audience: str = "All") -> str:
    return (
        f"<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>{address}</t:Address></t:Mailbox>"
        f"<t:UserOofSettings><t:OofState>{state}</t:OofState><t:ExternalAudience>{audience}</t:ExternalAudience>"
        f"{duration}{replies}</t:UserOofSettings></m:SetUserOofSettingsRequest>"
    )


def duration(start: str, end: str) -> str:
    return f"<t:Duration><t:StartTime>{start}</t:StartTime><t:EndTime>{end}</t:EndTime></t:Duration>"


REPLIES = (
    "<t:InternalReply><t:Message>\ufeff&lt;b&gt;In&lt;/b&gt; Rom</t:Message></t:InternalReply>"
    "<t:ExternalReply><t:Message>Out</t:Message></t:ExternalReply>"
)


def test_every_element_is_there_before_anything_is_set(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, get("Alice@contoso.test"), version="")
        assert answer.codes == ["NoError"]
        assert answer.text("//t:OofState") == "Disabled"
        assert answer.text("//t:StartTime") == "2026-11-23T09:00:00Z"
        assert answer.text("//t:EndTime") == "2026-11-24T09:00:00Z"
        assert [one.tag.rpartition("}")[2] for one in answer.one("//t:OofSettings")] == [
            "OofState",
            "ExternalAudience",
            "Duration",
            "InternalReply",
            "ExternalReply",
        ]
        assert answer.text("//m:AllowExternalOof") == "All"

    run(story, tmp_path)


def test_what_is_set_is_read_and_told_to_the_feed(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        heard: list[str] = []
        world.feed.listen([ALICE.msExchMailboxGuid], lambda news: heard.extend(type(one).__name__ for one in news))
        span = duration("2026-12-01T08:00:00+01:00", "2026-12-02T08:00:00+01:00")
        assert (await world.ask(ALICE, put(ALICE.mail, "Scheduled", span, REPLIES))).codes == ["NoError"]
        answer = await world.ask(ALICE, get(ALICE.mail))
        assert answer.text("//t:OofState") == "Scheduled"
        assert answer.text("//t:StartTime") == "2026-12-01T07:00:00Z"
        assert answer.text("//t:InternalReply/t:Message") == "\ufeff<b>In</b> Rom"
        assert answer.text("//t:ExternalReply/t:Message") == "Out"
        assert heard.count("OofChanged") == 1
        await world.ask(ALICE, put(ALICE.mail, "Scheduled", span, REPLIES))
        assert heard.count("OofChanged") == 1, "nothing changed"
        await world.ask(ALICE, put(ALICE.mail, "Disabled"))
        answer = await world.ask(ALICE, get(ALICE.mail))
        assert answer.texts("//t:OofState | //t:StartTime") == ["Disabled", "2026-12-01T07:00:00Z"]
        assert answer.text("//t:ExternalReply/t:Message") == "Out"

    run(story, tmp_path)


def test_only_the_owner_and_who_acts_for_them(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        from tests.exchange.world import PARTNER

        for request in (get(ALICE.mail), put(ALICE.mail, "Disabled")):
            assert (await world.ask(BOB, request, status=500)).codes == ["ErrorAccessDenied"]
            assert (await world.ask(PARTNER, request, status=500)).codes == ["ErrorAccessDenied"]
            assert (await world.ask(PARTNER, request, header=IMPERSONATE_ALICE)).codes == ["NoError"]
        assert (await world.ask(BOB, get("x@y.test"), status=500)).codes == ["ErrorMailRecipientNotFound"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("request_body", "code"),
    [
        (put(ALICE.mail, "Scheduled", "", REPLIES), "ErrorInvalidScheduledOofDuration"),
        (
            put(ALICE.mail, "Scheduled", duration("2026-12-02T08:00:00Z", "2026-12-01T08:00:00Z"), REPLIES),
            "ErrorInvalidScheduledOofDuration",
        ),
        (
            put(ALICE.mail, "Scheduled", duration("2025-12-01T08:00:00Z", "2025-12-02T08:00:00Z"), REPLIES),
            "ErrorInvalidScheduledOofDuration",
        ),
        (put(ALICE.mail, "Enabled"), "ErrorInvalidUserOofSettings"),
    ],
)
def test_settings_without_sense_are_refused_in_the_answer(request_body: str, code: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, request_body)
        assert answer.codes == [code]
        assert answer.one("//m:ResponseMessage").get("ResponseClass") == "Error"
        assert (await world.ask(ALICE, get(ALICE.mail))).text("//t:OofState") == "Disabled"

    run(story, tmp_path)


def test_a_wrong_state_is_a_schema_fault(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, put(ALICE.mail, "Maybe"), status=500)
        assert answer.codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)


def test_is_out() -> None:
    from samband.model.oof import OofSettings, OofState

    now, later = datetime(2027, 1, 1), datetime(2027, 1, 2)
    assert OofSettings(state=OofState.ENABLED).is_out(now)
    assert not OofSettings(start=now, end=later).is_out(now)
    scheduled = OofSettings(state=OofState.SCHEDULED, start=now, end=later)
    assert scheduled.is_out(now) and not scheduled.is_out(later) and not scheduled.is_out(datetime(2026, 1, 1))
