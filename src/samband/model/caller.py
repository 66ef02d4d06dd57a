"""Who is speaking, once trust has decided."""

from __future__ import annotations

from dataclasses import dataclass

from samband.model.people import Person


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated peer: a person, an application, or an application acting for a person.

    ``method`` is ``basic``, ``ntlm``, ``negotiate``, ``bearer``, ``tls-dsk``, ``digest``, ``web-ticket``, ``web-token``
    or ``forms``.
    """

    person: Person | None
    """None for an application that acts as itself."""
    method: str
    application: str = ""
    """Application identifier of a partner application, empty for a person's own client."""
    app_permissions: frozenset[str] = frozenset()
    """Roles of the partner's linked account, such as ``UserApplication`` and ``ArchiveApplication``."""

    impersonator: str = ""
    """Name of who acts as ``person`` by the right of impersonation, empty where nobody does."""

    @property
    def name(self) -> str:
        """A name for logs: never holds a secret."""
        who = self.person.userPrincipalName if self.person else ""
        acting = self.impersonator or self.application
        return f"{acting} for {who}" if acting and who else acting or who
