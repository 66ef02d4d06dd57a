"""Refusing a request with a reason, whatever found it wrong."""

from __future__ import annotations

from samband.lync.sip.inbound import Inbound
from samband.model.failures import Failure
from samband.wire.xml.reading import Malformed, SchemaViolation

STATUS = {
    "BadRequest": 400,
    "Forbidden": 403,
    "NotRegistered": 403,
    "LimitExceeded": 403,
    "NotFound": 404,
    "NotAcceptable": 406,
    "Conflict": 409,
    "WrongDelta": 409,
    "ConditionFailed": 412,
    "UnsupportedMediaType": 415,
    "ExtensionRequired": 421,
    "IntervalTooBrief": 423,
    "Waiting": 480,
    "NotAcceptableHere": 488,
    "BadEvent": 489,
    "NotImplemented": 501,
}
"""Failure code -> status."""

Refusal = (Failure, Malformed, SchemaViolation)
"""What a door may raise to have its request refused."""


class Refusals:
    """Answers that refuse; ``host`` is the name the server gives itself."""

    def __init__(self, host: str) -> None:
        self._host = host

    def refuse(self, inbound: Inbound, status: int, why: str, **fields: str) -> None:
        """Refuse a request with a sentence [RFC3261 20.43]; ``fields`` are header fields with ``_`` for ``-``."""
        quoted = why.replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", " ")
        fields["Warning"] = f'399 {self._host} "{quoted}"'
        inbound.refuse(status, None, **fields)

    def fail(self, inbound: Inbound, error: Exception) -> None:
        """Refuse a request for one of ``Refusal``."""
        if isinstance(error, Failure):
            self.refuse(inbound, STATUS.get(error.code, 400), error.text, **error.details)
        else:
            self.refuse(inbound, 400, str(error))
