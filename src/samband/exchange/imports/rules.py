"""Inbox rules of a mailbox elsewhere: what is moved to a folder there is moved to the same folder here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC

from samband.exchange.actions.exchange import Exchange
from samband.exchange.ews.rules import operation_of
from samband.exchange.imports.ews_client import EwsClient
from samband.exchange.imports.source import Left
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import Place
from samband.wire.ews.client.answers import Refused
from samband.wire.ews.client.rules import MissingFolder, ask_rules, create_request, read_rules
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.rules import read_update
from samband.wire.xml.reading import Malformed, SchemaViolation


async def bring_rules(
    exchange: Exchange, caller: Caller, client: EwsClient, address: str, folders: Mapping[str, Place], *, dry: bool
) -> tuple[int, list[Left]]:
    """Rules that have no namesake here: how many came, and what was left behind and why.

    ``folders`` are the places here of folders there, by their identifiers there.
    """
    try:
        found = read_rules(await client.ask(ask_rules(address)))
    except (Refused, Malformed) as error:
        return 0, [Left("inbox rules", str(error))]
    known = {one.rule.display_name for one in (await exchange.rules.get(caller, "")).rules}
    places = {identifier: (place.mailbox, place.folder) for identifier, place in folders.items() if place.mailbox}
    came, left = 0, []
    for name, rule in found:
        if name in known:
            continue
        try:
            if not dry:
                request = read_update(create_request(rule, places))
                await exchange.rules.update(
                    caller, "", [operation_of(one, UTC) for one in request.operations], remove_blob=False
                )
            came += 1
        except MissingFolder:
            left.append(Left(f"the rule {name!r}", "its folder did not come"))
        except (SchemaViolation, PropertyError) as error:
            left.append(Left(f"the rule {name!r}", str(error)))
        except Failure as failure:
            left.append(Left(f"the rule {name!r}", failure.text))
    return came, left
