"""What is wrong with a property that a client names or sets."""

from __future__ import annotations


class PropertyError(ValueError):
    """A refusal with its EWS ResponseCode and, in ``path_xml``, the property's path as answers name it."""

    def __init__(self, code: str, text: str, path_xml: str = "") -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.path_xml = path_xml


def invalid_request(path_xml: str) -> PropertyError:
    """The property may not be asked for here."""
    return PropertyError("ErrorInvalidPropertyRequest", "Property is not valid for this object type.", path_xml)


def invalid_set(path_xml: str) -> PropertyError:
    """The property may not be set."""
    return PropertyError("ErrorInvalidPropertySet", "Set action is invalid for property.", path_xml)


def invalid_append(path_xml: str) -> PropertyError:
    """Nothing may be appended to the property."""
    return PropertyError("ErrorInvalidPropertyAppend", "Append action is invalid for property.", path_xml)


def invalid_delete(path_xml: str) -> PropertyError:
    """The property may not be deleted."""
    return PropertyError("ErrorInvalidPropertyDelete", "Delete action is invalid for property.", path_xml)


def update_mismatch(path_xml: str) -> PropertyError:
    """An update names one property and gives another."""
    return PropertyError(
        "ErrorUpdatePropertyMismatch",
        "The property path specified does not match the property in the supplied object.",
        path_xml,
    )


def unsupported_path(path_xml: str) -> PropertyError:
    """The property can neither be searched nor sorted."""
    return PropertyError(
        "ErrorUnsupportedPathForQuery",
        "The property can not be used with this type of restriction.",
        path_xml,
    )
