"""What verbs gave, as the messages of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from samband.exchange.ews.call import refusal
from samband.model.failures import Failure
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.responses import Refusal

T = TypeVar("T")


def answers(
    found: Iterable[T | Failure | PropertyError], write: Callable[[T], str] = lambda _: ""
) -> list[str | Refusal]:
    """Each of ``found`` written by ``write``, or refused, in order. A fatal failure is raised."""
    return [refused(value) if isinstance(value, Failure | PropertyError) else write(value) for value in found]


def failure_of(error: PropertyError) -> Failure:
    """What is wrong with a property, as verbs say it."""
    return Failure(error.code, error.text, path=error.path_xml)


def refused(reason: Failure | PropertyError) -> Refusal:
    """A failure of a verb or of reading a property path, as a message."""
    if isinstance(reason, PropertyError):
        return Refusal(reason.code, reason.text, path_xml=reason.path_xml)
    return refusal(reason)
