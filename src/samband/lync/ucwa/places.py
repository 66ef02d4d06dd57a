"""Where UCWA is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UcwaPlaces:
    """``host`` names the server; ``ticket_service`` is where web tickets come from.

    ``token_offer`` is the WWW-Authenticate that says where Bearer tokens come from, empty where they do not.
    """

    host: str
    ticket_service: str
    token_offer: str = ""


ROOTS = ("/ucwa/oauth/v1/applications", "/ucwa/v1/applications")
"""For tokens and for web tickets; either takes both."""
