"""What settings are made of: a table of the file, the forms values may take, and the error of a wrong one."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Port = Annotated[int, Meta(ge=0, le=65535, description="a port from 0 to 65535 (0: a free one)")]
Name = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$",
        description="a domain or host name",
    ),
]
Limit = Annotated[int, Meta(ge=0, description="0 (no limit) or more")]


class SettingError(ValueError):
    """A wrong setting: its name, the value found, and what is allowed."""

    def __init__(self, name: str, value: object, allowed: str) -> None:
        super().__init__(f"{name} = {value!r} is not allowed: {allowed}")
        self.name = name


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One table of the file; a key it does not know is refused."""
