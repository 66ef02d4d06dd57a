"""Where UCWA is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UcwaPlaces:
    """``host`` names the server; ``ticket_service`` is where web tickets come from."""

    host: str
    ticket_service: str


ROOTS = ("/ucwa/oauth/v1/applications", "/ucwa/v1/applications")
"""For tokens and for web tickets; either takes both."""
