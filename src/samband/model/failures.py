"""How a verb says no: protocol-neutral exceptions, a refusal with the field's own code."""

from __future__ import annotations


class Failure(Exception):
    """A refusal that a door turns into its protocol's own form.

    ``code`` is the EWS ResponseCode on the Exchange side (``ErrorItemNotFound``) and a reason
    phrase on the Lync side; ``text`` is a sentence for a person, free of secrets. ``fatal`` failures end the whole
    request (SOAP fault); others mark one item of a batch. ``details`` are named values a client may use, such as
    ``BackOffMilliseconds``; ``path`` names the property at fault.
    """

    def __init__(
        self,
        code: str,
        text: str,
        *,
        fatal: bool = False,
        details: dict[str, str] | None = None,
        path: object = None,
    ) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.fatal = fatal
        self.details = details or {}
        self.path = path


class Unavailable(Exception):
    """It cannot be done now, by no fault of whoever asked: a disk is full, say. Nothing was acknowledged."""
