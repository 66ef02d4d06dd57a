"""How long a password is good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from samband.trust.denied import Denied


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Expired(Denied):
    """The password was right, and is too old: said only to who has shown that they know it."""

    def __init__(self, account: str) -> None:
        super().__init__("the password has expired", account=account)

    def as_value(self) -> Denied:
        return Expired(self.account)


@dataclass(frozen=True, slots=True)
class Expiry:
    """The policy. ``maximum_age`` None: passwords are good for ever; ``now`` gives aware time."""

    maximum_age: timedelta | None = None
    now: Callable[[], datetime] = _utc_now

    def seconds(self) -> int:
        """Now, as kept beside a password."""
        return int(self.now().timestamp())

    def expires(self, set_at: int) -> datetime | None:
        """When a password set at ``set_at`` (seconds since 1970) expires; None: never."""
        if self.maximum_age is None or not set_at:
            return None
        return datetime.fromtimestamp(set_at, UTC) + self.maximum_age

    def is_over(self, set_at: int) -> bool:
        """Whether it has expired."""
        until = self.expires(set_at)
        return until is not None and until <= self.now()
