"""What a mailbox elsewhere has beside its items: out-of-office settings."""

from __future__ import annotations

from datetime import UTC, datetime

from samband.exchange.actions.exchange import Exchange
from samband.exchange.imports.ews_client import EwsClient
from samband.exchange.imports.source import Left
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.oof import ExternalAudience, OofSettings, OofState
from samband.wire.ews.client.answers import Refused
from samband.wire.ews.client.mailboxes import Absence, absence, read_absence
from samband.wire.xml.reading import Malformed
from samband.wire.xml.values import read_instant

_OOF = "settings oof"


async def bring_absence(
    exchange: Exchange, caller: Caller, client: EwsClient, address: str, source: str, *, dry: bool
) -> list[Left]:
    """Out-of-office settings, once: what their owner changes here later stays. What was left behind, and why."""
    mailbox = exchange.access.own(caller)
    if await exchange.imports.known(mailbox, source, [_OOF]):
        return []
    if "@" not in address:
        return [Left("out-of-office settings", "the mailbox's address is not known: give it with --address")]
    try:
        found = read_absence(await client.ask(absence(address)))
        settings = _settings(found)
    except (Refused, Malformed, ValueError) as error:
        return [Left("out-of-office settings", str(error))]
    if dry:
        return []
    person = caller.person
    assert person is not None
    left = []
    try:
        await exchange.oof.set(caller, person.primary_smtp, settings)
    except Failure as failure:
        left.append(Left("out-of-office settings", failure.text))
    await exchange.imports.note(mailbox, source, _OOF)
    return left


def _settings(found: Absence) -> OofSettings:
    """Raises ``ValueError``."""
    settings = OofSettings(
        state=OofState(found.state),
        audience=ExternalAudience(found.audience),
        start=read_instant(found.start, UTC) if found.start else None,
        end=read_instant(found.end, UTC) if found.end else None,
        internal_reply=found.internal_reply,
        external_reply=found.external_reply,
    )
    over = settings.end is not None and settings.end <= datetime.now(UTC)
    if settings.state is OofState.SCHEDULED and over:
        return OofSettings(
            audience=settings.audience,
            internal_reply=settings.internal_reply,
            external_reply=settings.external_reply,
        )
    return settings
