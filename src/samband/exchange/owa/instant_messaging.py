"""What the web client asks of whoever gives it instant messaging; made by ``serve``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from samband.model.im_client import ImNews, ImView
from samband.model.people import Person


class InstantMessaging(Protocol):
    """See ``integration.owa_im.service``. All but ``join`` and ``view`` raise ``NoInstantMessaging``."""

    def join(self, person: Person, hear: Callable[[ImNews], None]) -> Callable[[], None]: ...

    def view(self, person: Person) -> ImView: ...

    def say(self, person: Person, to: str, text: str) -> None: ...

    def typing(self, person: Person, to: str, typing: bool) -> None: ...

    def accept(self, person: Person, to: str) -> None: ...

    def end(self, person: Person, to: str) -> None: ...

    async def choose(self, person: Person, choice: str) -> None: ...

    async def add_contact(self, person: Person, address: str, name: str) -> None: ...

    async def remove_contact(self, person: Person, address: str) -> None: ...
