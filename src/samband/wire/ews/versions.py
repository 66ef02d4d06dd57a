"""Schema versions: what a client asks for, and what the server says of itself [MS-OXWSCDATA]."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from samband.wire.ews.names import TYPES


class ServerVersion(IntEnum):
    """Schema versions in order; members compare, so ``call.version >= ServerVersion.Exchange2013`` reads well."""

    Exchange2007 = 1
    Exchange2007_SP1 = 2
    Exchange2009 = 3
    Exchange2010 = 4
    Exchange2010_SP1 = 5
    Exchange2010_SP2 = 6
    Exchange2012 = 7
    Exchange2013 = 8
    Exchange2013_SP1 = 9
    Exchange2015 = 10
    Exchange2016 = 11
    V2015_10_05 = 12
    V2016_01_06 = 13
    V2016_04_13 = 14
    V2016_07_13 = 15
    V2016_10_10 = 16
    V2017_01_07 = 17
    V2017_04_14 = 18
    V2017_07_11 = 19


UNSAID = ServerVersion.Exchange2013
"""What a request without ``RequestServerVersion`` is read as."""


@dataclass(frozen=True, slots=True)
class ServerBuild:
    """What the server calls itself; 15.0 is Exchange 2013."""

    major: int = 15
    minor: int = 0
    build: int = 1497
    revision: int = 2
    version: str = "V2_23"

    def header(self, *, understood: bool = True) -> str:
        """The ``ServerVersionInfo`` header block of every answer.

        The schema's version stands in answers to what was ``understood`` only: from another one a client may conclude
        that the version it asked in is the right one, and stay with the oldest that it tries.
        """
        version = f'Version="{self.version}" ' if understood else ""
        return (
            f'<h:ServerVersionInfo MajorVersion="{self.major}" MinorVersion="{self.minor}" '
            f'MajorBuildNumber="{self.build}" MinorBuildNumber="{self.revision}" {version}xmlns:h="{TYPES}"/>'
        )


_NAMED = dict(ServerVersion.__members__)


def read_version(name: str) -> ServerVersion | None:
    """The version called ``name``, None where there is no such version."""
    return _NAMED.get(name)
