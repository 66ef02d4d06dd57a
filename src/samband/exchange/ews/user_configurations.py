"""CreateUserConfiguration, GetUserConfiguration, UpdateUserConfiguration, DeleteUserConfiguration."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from samband.exchange.ews.answers import answers
from samband.exchange.ews.call import Call, Handler
from samband.exchange.ews.references import folder_ref
from samband.model.failures import Failure
from samband.model.items import Item
from samband.model.user_configurations import Entry, TypedValue, UserConfiguration
from samband.wire.ews.ids import IdKind, write_change_key, write_id
from samband.wire.ews.names import M, T
from samband.wire.ews.responses import write_batch
from samband.wire.ews.user_configurations import (
    Configuration,
    ConfigurationName,
    Typed,
    read_configuration,
    read_name,
    read_parts,
    write_configuration,
)
from samband.wire.xml.reading import Element, required


def _operation(name: str, work: Callable[[Call, Element], Awaitable[str]]) -> Handler:
    async def handle(call: Call, element: Element) -> str:
        written: str | Failure
        try:
            written = await work(call, element)
        except Failure as failure:
            written = failure
        return write_batch(name, answers([written], str))

    return handle


def _checked(name: ConfigurationName) -> str:
    if not name.valid:
        raise Failure(
            "ErrorInvalidValueForProperty",
            "The name of a configuration has fewer than 237 letters, digits and dots, "
            "and does not start with IPM.Configuration.",
        )
    return name.name


def _model(given: Configuration) -> UserConfiguration:
    dictionary = given.dictionary
    return UserConfiguration(
        dictionary=None if dictionary is None else tuple(_entry(key, value) for key, value in dictionary),
        xml_data=given.xml_data,
        binary_data=given.binary_data,
    )


def _entry(key: Typed, value: Typed | None) -> Entry:
    return Entry(TypedValue(*key), None if value is None else TypedValue(*value))


def _wire(found: UserConfiguration, parts: frozenset[str]) -> Configuration:
    entries = tuple(
        (_typed(one.key), None if one.value is None else _typed(one.value)) for one in found.dictionary or ()
    )
    return Configuration(
        dictionary=entries if "Dictionary" in parts and found.dictionary is not None else None,
        xml_data=found.xml_data if "XmlData" in parts else None,
        binary_data=found.binary_data if "BinaryData" in parts else None,
    )


def _typed(value: TypedValue) -> Typed:
    return value.type, value.texts


def _item_id(item: Item) -> str:
    said = write_id(IdKind.ITEM, item.mailbox, item.id)
    return f'<t:ItemId Id="{said}" ChangeKey="{write_change_key(item.change_key)}"/>'


async def _create(call: Call, element: Element) -> str:
    given = required(element, M + "UserConfiguration")
    name = read_name(given, T + "UserConfigurationName")
    configuration = _model(read_configuration(given))
    verbs = call.exchange.user_configurations
    await verbs.create(call.caller, folder_ref(name.folder), _checked(name), configuration)
    return ""


async def _get(call: Call, element: Element) -> str:
    name = read_name(element, M + "UserConfigurationName")
    parts = read_parts(required(element, M + "UserConfigurationProperties"))
    item = await call.exchange.user_configurations.get(call.caller, folder_ref(name.folder), name.name)
    found = item.properties.configuration or UserConfiguration()
    return write_configuration(name, _item_id(item) if "Id" in parts else "", _wire(found, parts))


async def _update(call: Call, element: Element) -> str:
    given = required(element, M + "UserConfiguration")
    name = read_name(given, T + "UserConfigurationName")
    configuration = _model(read_configuration(given))
    verbs = call.exchange.user_configurations
    await verbs.update(call.caller, folder_ref(name.folder), name.name, configuration)
    return ""


async def _delete(call: Call, element: Element) -> str:
    name = read_name(element, M + "UserConfigurationName")
    await call.exchange.user_configurations.delete(call.caller, folder_ref(name.folder), name.name)
    return ""


HANDLERS: dict[str, Handler] = {
    name: _operation(name, work)
    for name, work in (
        ("CreateUserConfiguration", _create),
        ("GetUserConfiguration", _get),
        ("UpdateUserConfiguration", _update),
        ("DeleteUserConfiguration", _delete),
    )
}
"""Request element -> handler, all of Exchange 2010."""
