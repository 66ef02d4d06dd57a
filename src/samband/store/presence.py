"""What outlives endpoints of people's presence: publications, containers, subscribers. Owners are objectGUIDs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from samband.model.containers import Container, Member, MemberKind
from samband.model.presence import ExpireType, Instance, Key, Subscriber, Value
from samband.store.api import Tx, WriteTx

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Value).decode


def publications(tx: Tx) -> dict[str, list[Instance]]:
    """Every publication by owner."""
    found: dict[str, list[Instance]] = {}
    for row in tx.all(
        "SELECT owner, category, instance, container, version, published, expire_type, expires, content, value"
        " FROM publications"
    ):
        owner, category, instance, container, version, published, expire_type, expires, content, value = row
        found.setdefault(str(owner), []).append(
            Instance(
                category=str(category),
                instance=_int(instance),
                container=_int(container),
                version=_int(version),
                published=_instant(published),
                expire_type=ExpireType(str(expire_type)),
                content=str(content),
                value=_decode(value) if isinstance(value, bytes | memoryview) else None,
                expires=None if expires is None else _instant(expires),
            )
        )
    return found


def put_publication(tx: WriteTx, owner: str, publication: Instance) -> None:
    """Keep one publication in place of the one under its key."""
    tx.run(
        "INSERT INTO publications (owner, category, instance, container, version, published, expire_type, expires,"
        " content, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (owner, category, instance, container) DO UPDATE SET version = excluded.version,"
        " published = excluded.published, expire_type = excluded.expire_type, expires = excluded.expires,"
        " content = excluded.content, value = excluded.value",
        owner,
        *publication.key,
        publication.version,
        _number(publication.published),
        publication.expire_type.value,
        None if publication.expires is None else _number(publication.expires),
        publication.content,
        None if publication.value is None else _encode(publication.value),
    )


def drop_publication(tx: WriteTx, owner: str, key: Key) -> None:
    """Forget the publication under ``key``."""
    tx.run("DELETE FROM publications WHERE owner = ? AND category = ? AND instance = ? AND container = ?", owner, *key)


def containers(tx: Tx) -> dict[str, list[Container]]:
    """Every container that its owner changed, by owner."""
    members: dict[tuple[str, int], set[Member]] = {}
    for owner, container, kind, value in tx.all("SELECT owner, container, kind, value FROM presence_members"):
        members.setdefault((str(owner), _int(container)), set()).add(Member(MemberKind(str(kind)), str(value)))
    found: dict[str, list[Container]] = {}
    for owner, container, version in tx.all("SELECT owner, container, version FROM presence_containers"):
        number = _int(container)
        inside = frozenset(members.get((str(owner), number), ()))
        found.setdefault(str(owner), []).append(Container(number, _int(version), inside))
    return found


def put_container(tx: WriteTx, owner: str, container: Container) -> None:
    """Keep a container and its members."""
    tx.run(
        "INSERT INTO presence_containers (owner, container, version) VALUES (?, ?, ?)"
        " ON CONFLICT (owner, container) DO UPDATE SET version = excluded.version",
        owner,
        container.number,
        container.version,
    )
    tx.run("DELETE FROM presence_members WHERE owner = ? AND container = ?", owner, container.number)
    tx.many(
        "INSERT INTO presence_members (owner, container, kind, value) VALUES (?, ?, ?, ?)",
        [(owner, container.number, member.kind.value, member.value) for member in sorted(container.members)],
    )


def subscribers(tx: Tx) -> dict[str, list[Subscriber]]:
    """Everyone who added somebody, by the one they added."""
    found: dict[str, list[Subscriber]] = {}
    for owner, address, name, acknowledged, source in tx.all(
        "SELECT owner, subscriber, display_name, acknowledged, source FROM presence_subscribers"
    ):
        found.setdefault(str(owner), []).append(Subscriber(str(address), str(name), bool(acknowledged), str(source)))
    return found


def put_subscriber(tx: WriteTx, owner: str, subscriber: Subscriber) -> None:
    """Keep a subscriber."""
    tx.run(
        "INSERT INTO presence_subscribers (owner, subscriber, display_name, acknowledged, source)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (owner, subscriber) DO UPDATE SET"
        " display_name = excluded.display_name, acknowledged = excluded.acknowledged, source = excluded.source",
        owner,
        subscriber.address,
        subscriber.display_name,
        int(subscriber.acknowledged),
        subscriber.source,
    )


def forget(tx: WriteTx, owner: str) -> None:
    """Remove everything of ``owner``."""
    for table in ("publications", "presence_containers", "presence_members", "presence_subscribers"):
        tx.run(f"DELETE FROM {table} WHERE owner = ?", owner)


def _number(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _instant(value: object) -> datetime:
    return _EPOCH + timedelta(microseconds=_int(value))


def _int(value: object) -> int:
    return int(str(value))
