"""Errors: a code, often a subcode, and a sentence."""

from __future__ import annotations

STATUS = {
    "BadRequest": 400,
    "Forbidden": 403,
    "NotFound": 404,
    "MethodNotAllowed": 405,
    "NotAcceptable": 406,
    "Conflict": 409,
    "PreconditionFailed": 412,
    "EntityTooLarge": 413,
    "UnsupportedMediaType": 415,
    "PreconditionRequired": 428,
    "TooManyRequests": 429,
    "ServiceFailure": 500,
    "ServiceUnavailable": 503,
}
"""Code -> status of HTTP."""


class UcwaError(Exception):
    """A refusal; ``code`` is one of ``STATUS``. ``parameters``: properties at fault, each with a reason."""

    def __init__(
        self,
        code: str,
        message: str,
        subcode: str = "",
        parameters: dict[str, str] | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """``headers`` of the answer say more."""
        super().__init__(message)
        self.headers = headers
        self.code = code
        self.message = message
        self.subcode = subcode
        self.parameters = parameters or {}

    @property
    def status(self) -> int:
        return STATUS[self.code]

    def shown(self) -> dict[str, object]:
        """What the body of the answer says."""
        found: dict[str, object] = {"code": self.code, "message": self.message}
        if self.subcode:
            found["subcode"] = self.subcode
        if self.parameters:
            found["parameters"] = [{"name": name, "reason": why} for name, why in self.parameters.items()]
        return found
