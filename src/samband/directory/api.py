"""What other rooms may ask of the directory. Lookups are in memory and never wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from samband.model.groups import Group
from samband.model.people import Person


class Directory(Protocol):
    """Everyone the organisation knows. Comparisons ignore case; ``address`` is ``user@domain`` without scheme."""

    def by_guid(self, guid: str) -> Person | None:
        """By objectGUID."""
        ...

    def by_login(self, login: str) -> Person | None:
        """By ``DOMAIN\\\\name``, ``name`` (sAMAccountName) or userPrincipalName."""
        ...

    def by_smtp(self, address: str) -> Person | None:
        """Exchange's view: by an SMTP address in proxyAddresses."""
        ...

    def by_proxy_sip(self, address: str) -> Person | None:
        """Exchange's view: by the SIP address in proxyAddresses."""
        ...

    def by_mailbox(self, guid: str) -> Person | None:
        """By msExchMailboxGuid or msExchArchiveGUID."""
        ...

    def by_legacy_dn(self, dn: str) -> Person | None:
        """By legacyExchangeDN."""
        ...

    def by_sip(self, address: str) -> Person | None:
        """Lync's view: by msRTCSIP-PrimaryUserAddress of an enabled person."""
        ...

    def search(self, text: str, limit: int = 100, *, hidden: bool = False) -> list[Person]:
        """People whose names, addresses or login have words that begin with each word of ``text``, by displayName.

        Who is hidden from address lists is among them only with ``hidden``.
        """
        ...

    def people(self) -> Iterable[Person]:
        """Everyone, by displayName."""
        ...

    def group_by_smtp(self, address: str) -> Group | None:
        """A group by its mail address."""
        ...

    def search_groups(self, text: str) -> list[Group]:
        """Groups whose names or addresses have words that begin with each word of ``text``, by displayName."""
        ...

    def all_groups(self) -> list[Group]:
        """Every group, by displayName."""
        ...

    def room_lists(self) -> list[Group]:
        """The groups that are lists of rooms, by displayName."""
        ...

    def group_members(self, group: Group) -> list[Person | Group]:
        """Who is in ``group`` itself, by displayName."""
        ...

    def people_of(self, group: Group) -> list[Person]:
        """Everyone in ``group`` and in the groups within it, each once."""
        ...

    def groups_of(self, guid: str) -> list[Group]:
        """The groups that a person with this objectGUID is in, directly or through other groups."""
        ...

    def listen(self, hear: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        """Call ``hear`` with the objectGUIDs that changed (none: anybody may have) once lookups show the change.

        Returns what stops it.
        """
        ...

    def listen_to_groups(self, hear: Callable[[], None]) -> Callable[[], None]:
        """Call ``hear`` once lookups show that a group, or who is in it, changed. Returns what stops it."""
        ...
