"""An IM list as a client sees it: through the EWS operations, in short."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from samband.model.caller import Caller
from samband.model.people import Person
from tests.exchange.world import Answer, World

FAVORITES, OTHERS, TAGGED = "Favorites", "Other Contacts", "Tagged"
NOBODY: dict[str, list[str]] = {FAVORITES: [], OTHERS: [], TAGGED: []}


@dataclass
class Seen:
    """A list: addresses by group, identifiers of contacts by address and of groups by name."""

    groups: dict[str, list[str]] = field(default_factory=dict)
    contacts: dict[str, str] = field(default_factory=dict)
    group_ids: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def used(self) -> dict[str, list[str]]:
        """The groups that have somebody."""
        return {name: members for name, members in self.groups.items() if members}


def seen(answer: Answer) -> Seen:
    """The ImItemList of an answer, joined as clients join it."""
    found = Seen()
    by_source = {}
    for persona in answer.all("//t:Personas/t:Persona"):
        address = persona.findtext("{*}ImAddress") or ""
        for source in persona.findall("{*}Attributions/{*}Attribution"):
            if source.findtext("{*}IsQuickContact") == "true" and source.findtext("{*}IsHidden") == "false":
                identifier = source.find("{*}SourceId").get("Id")
                by_source[identifier] = address
                found.contacts[address] = identifier
                found.names[address] = persona.findtext("{*}DisplayName") or ""
    for group in answer.all("//t:Groups/t:ImGroup"):
        name = group.findtext("{*}DisplayName") or ""
        found.group_ids[name] = group.find("{*}ExchangeStoreId").get("Id")
        keys = [key.get("Id") for key in group.findall("{*}MemberCorrelationKey/{*}ItemId")]
        found.groups[name] = [by_source[key] for key in keys]
    return found


class Client:
    """One person's requests."""

    def __init__(self, world: World, who: Person | Caller, header: str = "") -> None:
        self._world = world
        self._who = who
        self._header = header

    async def ask(self, operation: str, **children: str) -> Answer:
        """An operation with children in order; a name that ends in ``Id`` takes an identifier."""
        body = "".join(
            f'<m:{name} Id="{value}"/>' if name.endswith("Id") else f"<m:{name}>{escape(value)}</m:{name}>"
            for name, value in children.items()
        )
        return await self._world.ask(self._who, f"<m:{operation}>{body}</m:{operation}>", header=self._header)

    async def code(self, operation: str, **children: str) -> str:
        """The ResponseCode of an operation."""
        return (await self.ask(operation, **children)).codes[0]

    async def list(self) -> Seen:
        """The whole list."""
        return seen(await self.ask("GetImItemList"))

    async def group(self, name: str) -> str:
        """Make a group; its identifier."""
        answer = await self.ask("AddImGroup", DisplayName=name)
        return answer.one("//m:ImGroup/t:ExchangeStoreId").get("Id") or ""

    async def add(self, address: str, group: str = "") -> str:
        """Add somebody; the contact's identifier."""
        children = {"ImAddress": address} | ({"GroupId": group} if group else {})
        answer = await self.ask("AddNewImContactToGroup", **children)
        return answer.one("//m:Persona//t:SourceId").get("Id") or ""
