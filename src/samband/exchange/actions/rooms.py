"""Rooms and lists of rooms, and what each answers requests by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from samband.directory.api import Directory
from samband.model.failures import Failure
from samband.model.groups import Group
from samband.model.people import Person
from samband.model.rooms import ResourcePolicy
from samband.store import rooms as rows
from samband.store.api import Store

_PEOPLE = "book_in_policy"


def parameter(field: str) -> str:
    """The cmdlet's name of a field of the policy: ``AllowConflicts`` for ``allow_conflicts``."""
    return "".join(word.capitalize() for word in field.split("_"))


_FIELDS = {parameter(name).lower(): name for name in ResourcePolicy.__struct_fields__}


class Rooms:
    """Verbs about resources."""

    def __init__(self, store: Store, directory: Directory) -> None:
        self._store = store
        self._directory = directory

    def lists(self) -> list[Group]:
        """The lists of rooms, by displayName."""
        return self._directory.room_lists()

    def of_list(self, address: str) -> list[Person]:
        """The rooms of a list, by displayName. Raises ``Failure`` ErrorNameResolutionNoResults."""
        group = self._directory.group_by_smtp(address)
        if group is None or not group.is_room_list:
            raise Failure("ErrorNameResolutionNoResults", "No results were found.")
        rooms = [one for one in self._directory.people_of(group) if one.is_room]
        return sorted(rooms, key=lambda one: (one.displayName.casefold(), one.objectGUID))

    async def policy(self, room: Person) -> ResourcePolicy:
        """What ``room`` answers requests by."""
        return await self._store.read(lambda tx: rows.policy(tx, room.msExchMailboxGuid))

    async def set_policy(self, room: Person, values: Mapping[str, Sequence[str]]) -> ResourcePolicy:
        """Set parameters by the cmdlet's names, as typed; the policy as kept. Raises ``Failure`` InvalidParameter."""
        if not room.is_resource:
            raise Failure("InvalidParameter", f"{room.sAMAccountName} is neither a room nor equipment")
        said = {}
        for name, typed in values.items():
            field = _FIELDS.get(name.lower())
            if field is None:
                known = ", ".join(map(parameter, ResourcePolicy.__struct_fields__))
                raise Failure("InvalidParameter", f"there is no parameter {name}; there are {known}")
            said[field] = self._value(field, typed)
        kept = await self._store.read(lambda tx: rows.policy(tx, room.msExchMailboxGuid))
        policy = msgspec.structs.replace(kept, **said)
        await self._store.write(lambda tx: rows.put_policy(tx, room.msExchMailboxGuid, policy))
        return policy

    def _value(self, field: str, typed: Sequence[str]) -> object:
        if field == _PEOPLE:
            return tuple(map(self._address, filter(None, typed)))
        if len(typed) != 1:
            raise Failure("InvalidParameter", f"{parameter(field)} has one value")
        kind = next(one.type for one in msgspec.structs.fields(ResourcePolicy) if one.name == field)
        text: object = typed[0].lower().lstrip("$") if kind is bool else typed[0]
        try:
            return msgspec.convert(text, kind, strict=False)
        except msgspec.ValidationError as error:
            raise Failure("InvalidParameter", f"{parameter(field)} cannot be {typed[0]!r}: {error}") from None

    def _address(self, name: str) -> str:
        person = self._directory.by_login(name) or self._directory.by_smtp(name)
        group = self._directory.group_by_smtp(name)
        address = group.mail if group is not None else person.primary_smtp if person is not None else ""
        if not address:
            raise Failure("InvalidParameter", f"nobody has the login {name} and a mailbox, and no group that address")
        return address.lower()

    def may_book(self, policy: ResourcePolicy, organizer: str) -> bool:
        """Whether who has the address ``organizer`` may book by themselves."""
        person = self._directory.by_smtp(organizer)
        if person is None:
            return policy.all_book_in_policy and policy.process_external_meeting_messages
        chosen = set(policy.book_in_policy)
        if policy.all_book_in_policy or not chosen.isdisjoint(map(str.lower, person.smtp_addresses)):
            return True
        groups = (self._directory.group_by_smtp(address) for address in chosen)
        return any(group is not None and person in self._directory.people_of(group) for group in groups)
