"""Show or change the OWA virtual directory (step 5, the Exchange side's part)."""

from __future__ import annotations

import argparse

import msgspec

from samband.cli.folder import add_folder, on_ground
from samband.exchange.actions.owa import OwaSettings
from samband.ground import Ground
from samband.model.instant_messaging import OwaVirtualDirectory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband owa``."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    show = verbs.add_parser("show", help="how it is set, and what is missing for instant messaging")
    add_folder(show)
    show.set_defaults(run=_show)
    change = verbs.add_parser("set", help="change it; it takes effect at once")
    add_folder(change)
    change.add_argument("--enabled", choices=("true", "false"), help="InstantMessagingEnabled")
    change.add_argument("--type", choices=("None", "OCS"), help="InstantMessagingType")
    change.add_argument("--server-name", metavar="HOST[:PORT]", help="InstantMessagingServerName; '' for none")
    change.set_defaults(run=_set)


def _show(arguments: argparse.Namespace) -> int:
    async def work(ground: Ground) -> OwaVirtualDirectory:
        return await _with(ground, {})

    _print(on_ground(arguments.folder, work))
    return 0


def _set(arguments: argparse.Namespace) -> int:
    given: dict[str, object] = {
        "instant_messaging_enabled": None if arguments.enabled is None else arguments.enabled == "true",
        "instant_messaging_type": arguments.type,
        "instant_messaging_server_name": arguments.server_name,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    _print(on_ground(arguments.folder, lambda ground: _with(ground, changes)))
    return 0


async def _with(ground: Ground, changes: dict[str, object]) -> OwaVirtualDirectory:
    owa = OwaSettings(ground.store, ground.feed)
    try:
        await owa.start()
        if changes:
            await owa.set(msgspec.structs.replace(owa.now, **changes))
        return owa.now
    finally:
        owa.close()


def _print(settings: OwaVirtualDirectory) -> None:
    print(f"InstantMessagingEnabled     {str(settings.instant_messaging_enabled).lower()}")
    print(f"InstantMessagingType        {settings.instant_messaging_type}")
    print(f"InstantMessagingServerName  {settings.instant_messaging_server_name or '(none)'}")
    for why in settings.missing:
        print(f"no instant messaging: {why}")
