"""Join links: where the page of a conference is, and the ``conf:`` address within it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote

from samband.wire.conference.addresses import ConferenceAddress


class JoinLinks:
    """``bases``: SIP domain -> ``https://host[:port]`` of its meetings."""

    def __init__(self, bases: Mapping[str, str]) -> None:
        self._bases = dict(bases)

    @property
    def domains(self) -> tuple[str, ...]:
        """The SIP domains that have meetings, the first one first."""
        return tuple(self._bases)

    def url(self, organizer: str, conference: str) -> str:
        """``https://meet.domain/alias/ID`` for a conference of ``organizer`` (``user@domain``); empty for others."""
        user, _, domain = organizer.partition("@")
        base = self._bases.get(domain.lower())
        return f"{base}/{quote(user, safe='')}/{conference}" if base else ""

    def read(self, host: str, path: str) -> list[ConferenceAddress]:
        """The conferences that a page's host and path may mean, the likeliest first.

        The path is ``/alias/ID``, ``/meet/alias/ID`` or ``/meet/domain/alias/ID``.
        """
        words = [unquote(word) for word in path.strip("/").split("/")]
        if len(words) > 2 and words[0].lower() == "meet":
            words = words[1:]
        if len(words) == 3 and words[0].lower() in self._bases:
            domains, words = [words[0].lower()], words[1:]
        else:
            own = host.partition(".")[2]
            domains = sorted(self._bases, key=lambda domain: domain != own)
        if len(words) != 2 or not all(words):
            return []
        return [ConferenceAddress(f"{words[0]}@{domain}".lower(), "focus", words[1]) for domain in domains]


def conf_address(focus: ConferenceAddress) -> str:
    """What a client is handed to join: ``conf:`` and the focus."""
    return f"conf:{focus}?required-media=chat"
