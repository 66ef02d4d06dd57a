"""What a door that holds no sessions of its own needs of the one that does: an endpoint, and IM sessions at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from samband.model.conferences import Conference
from samband.model.guests import Guest
from samband.model.people import Person

PLAIN, HTML = "text/plain", "text/html"
DECLINED, TAKEN_BACK, BUSY_HERE, NOT_THERE, TIMED_OUT = 603, 487, 486, 480, 408
"""Why a session does not come about: statuses of SIP [RFC3261 21]."""

Sent = Callable[[int], None]
"""Hears what became of a message: 200, or the status of what refused it."""


class ImSession(Protocol):
    """One IM session between an endpoint and another."""

    @property
    def peer(self) -> str:
        """``user@domain`` in lower case of the other side."""
        ...

    @property
    def subject(self) -> str: ...

    @property
    def first(self) -> tuple[str, str]:
        """Content type and text that came with an invitation; empty where none did."""
        ...

    def accept(self) -> None:
        """Begin it: an invitation is answered."""
        ...

    def decline(self) -> None:
        """Refuse an invitation, for every endpoint of its receiver."""
        ...

    def say(self, kind: str, text: str, heard: Sent) -> None:
        """Send a text of type ``PLAIN`` or ``HTML``."""
        ...

    def typing(self, active: bool) -> None:
        """Tell the other side that somebody types, or no longer does."""
        ...

    def end(self) -> None:
        """End it, or take the invitation back."""
        ...


Wish = Literal["admit", "reject", "eject", "promote", "demote"]
"""What a presenter does with somebody else."""
Led = Callable[[str], None]
"""Hears what became of a wish: nothing, or the code of a failure."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """Somebody's part in a meeting."""

    name: str = ""
    leads: bool = False
    waits: bool = False
    """Whether they are in the lobby yet."""
    writes: bool = False
    """Whether they take part in the chat."""


@dataclass(frozen=True, slots=True)
class Parting:
    """Why somebody is not in a meeting: a status of SIP, a word of UCWA's where one says it, a sentence."""

    status: int
    word: str = ""
    text: str = ""


EJECTED = Parting(200, "Ejected", "You were removed from the meeting")
DENIED = Parting(403, "Denied", "The meeting did not let you in")
ENDED = Parting(200, "Ended", "The meeting has ended")


class ImAsking(Protocol):
    """Somebody is asked to come to a meeting."""

    def cancel(self) -> None:
        """Take it back."""
        ...


class ImMeeting(Protocol):
    """A meeting that an endpoint is in, or about to enter."""

    @property
    def address(self) -> str:
        """Of its focus."""
        ...

    @property
    def organizer(self) -> str:
        """``user@domain`` in lower case of whose meeting it is."""
        ...

    @property
    def subject(self) -> str: ...

    @property
    def conference(self) -> Conference | None:
        """What is agreed about it; None until the endpoint is in."""
        ...

    @property
    def inviter(self) -> str:
        """``user@domain`` of whoever asked the endpoint in; empty where nobody did."""
        ...

    @property
    def members(self) -> dict[str, Attendance]:
        """Whoever is in or waits to be let in, by ``user@domain``."""
        ...

    def lead(self, wish: Wish, address: str, heard: Led) -> None:
        """Do something with ``user@domain``; what becomes of it is heard. Presenters may."""
        ...

    def accept(self) -> None:
        """Follow the invitation: the meeting is asked to let the endpoint in."""
        ...

    def decline(self) -> None:
        """Refuse the invitation."""
        ...

    def chat(self) -> ImSession:
        """Take part in the chat: a session with all who do. What comes of it is heard."""
        ...

    def ask(self, peer: str, heard: Sent) -> ImAsking:
        """Ask ``user@domain`` to come; what they answer is heard."""
        ...

    def leave(self) -> None:
        """Leave it, chat and all."""
        ...


class ImListener(Protocol):
    """What an endpoint's owner hears of it. Nothing it does may raise."""

    def invited(self, session: ImSession) -> None:
        """Somebody asks for a session."""
        ...

    def began(self, session: ImSession) -> None:
        """The other side has accepted."""
        ...

    def said(self, session: ImSession, sender: str, kind: str, text: str) -> None:
        """The other side has sent a text; ``sender`` is ``user@domain`` of whoever wrote it."""
        ...

    def typed(self, session: ImSession, sender: str, active: bool) -> None:
        """Somebody types, or no longer does."""
        ...

    def ended(self, session: ImSession, status: int) -> None:
        """It is over, or did not come about; ``status`` is 200 where the other side ended it in good order."""
        ...

    def asked_in(self, meeting: ImMeeting) -> None:
        """Somebody invites the endpoint to a meeting."""
        ...

    def waits(self, meeting: ImMeeting) -> None:
        """The meeting lets the endpoint wait in its lobby."""
        ...

    def joined(self, meeting: ImMeeting) -> None:
        """The meeting has let the endpoint in."""
        ...

    def changed(self, meeting: ImMeeting) -> None:
        """Somebody came or left."""
        ...

    def left(self, meeting: ImMeeting, parting: Parting) -> None:
        """The meeting is over for this endpoint, or did not let it in."""
        ...

    def signed_out(self) -> None:
        """The endpoint is no more, and its sessions with it: nothing is heard of it after that."""
        ...


class ImEndpoint(Protocol):
    """An endpoint of its owner, signed in."""

    @property
    def key(self) -> str:
        """What presence knows it by."""
        ...

    def invite(self, peer: str, subject: str, kind: str, text: str) -> ImSession:
        """Ask ``user@domain`` for a session, with a first text where there is one. What comes of it is heard."""
        ...

    async def join(self, focus: str) -> ImMeeting:
        """Ask a meeting (address of its focus) to be let in. Raises ``Failure`` for an address of none.

        Nothing is heard of the meeting before whoever waits for this has it.
        """
        ...

    def sign_out(self) -> None:
        """End it and its sessions."""
        ...


class ImGuest(ImEndpoint, Protocol):
    """An endpoint of a guest, who joins one meeting and begins nothing else."""

    def introduce(self, name: str) -> None:
        """What the guest is called in the meeting: a name with its mark."""
        ...


class ImGuests(Protocol):
    """Makes endpoints of guests."""

    def enter(self, guest: Guest, agent: str, hear: ImListener) -> ImGuest:
        """An endpoint of ``guest``."""
        ...


class ImEndpoints(Protocol):
    """Signs endpoints in."""

    def sign_in(self, person: Person, name: str, agent: str, kinds: tuple[str, ...], hear: ImListener) -> ImEndpoint:
        """An endpoint of ``person``, told from their other ones by ``name``.

        It takes texts of ``kinds``; with none it takes no sessions. Raises ``Failure``.
        """
        ...
