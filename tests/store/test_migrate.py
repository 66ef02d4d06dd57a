"""Migrations: in order, once, all or none, by several processes at once, in each database's dialect."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from samband.store.api import StoreUnavailable, Tx
from samband.store.engine import database_of
from samband.store.migrate import migrate, migrations, statements
from samband.store.sqlite import SqliteConnection, SqliteDatabase
from tests.store.postgresql import PostgresServer
from tests.store.stores import Place

KNOWN = {
    "0001_a.sql": """
        -- First; it's not an end
        CREATE TABLE a (id BIGINT PRIMARY KEY, word TEXT);
        INSERT INTO a VALUES (1, 'x;y');""",
    "0002_b.sql": "CREATE TABLE b (k TEXT NOT NULL, n BIGINT NOT NULL, v BYTEA, PRIMARY KEY (k, n)) /* clustered */;",
}


def words(place: Place) -> list[object]:
    connection = database_of(place.url).connect(read_only=False)
    try:
        return [row[0] for row in connection.all("SELECT word FROM a ORDER BY word")]
    finally:
        connection.close()


def test_statements_of_a_script() -> None:
    assert statements("-- a;\nSELECT 'x;--y'; \n\nSELECT 2") == ["SELECT 'x;--y'", "SELECT 2"]


def test_each_migration_is_applied_once_in_order(place: Place) -> None:
    database = database_of(place.url)
    first = {"0001_a.sql": KNOWN["0001_a.sql"]}
    assert migrate(database, first) == ["0001_a.sql"]
    assert migrate(database, KNOWN) == ["0002_b.sql"]
    assert migrate(database, KNOWN) == []
    assert words(place) == ["x;y"]


def test_a_failing_migration_leaves_nothing(place: Place) -> None:
    database = database_of(place.url)
    with pytest.raises(Exception, match=r"nonsense|syntax"):
        migrate(database, {**KNOWN, "0003_c.sql": "CREATE nonsense"})
    assert migrate(database, KNOWN) == list(KNOWN)


def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path) -> None:
    class Full(SqliteDatabase):
        def connect(self, *, read_only: bool) -> SqliteConnection:
            connection = super().connect(read_only=read_only)
            connection.run("PRAGMA max_page_count = 2")
            return connection

    with pytest.raises(StoreUnavailable, match=r"^cannot bring the database up to date: database or disk is full"):
        migrate(Full(tmp_path / "db"), KNOWN)
    assert migrate(SqliteDatabase(tmp_path / "db"), KNOWN) == list(KNOWN)


def test_an_account_without_rights_is_said_in_a_sentence(postgresql: PostgresServer) -> None:
    with pytest.raises(StoreUnavailable, match=r"^cannot bring the database up to date: permission denied for schema"):
        migrate(database_of(postgresql.foreign_schema()), KNOWN)


def test_a_database_of_a_later_version_is_refused(place: Place) -> None:
    database = database_of(place.url)
    migrate(database, KNOWN)
    with pytest.raises(StoreUnavailable, match=r"0002_b\.sql"):
        migrate(database, {"0001_a.sql": KNOWN["0001_a.sql"]})


def test_starting_together(place: Place) -> None:
    results: list[list[str]] = []

    def start() -> None:
        results.append(migrate(database_of(place.url), KNOWN))

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [[]] * 5 + [list(KNOWN)]


def test_text_is_ordered_by_code_point(place: Place) -> None:
    database = database_of(place.url)
    migrate(database, KNOWN)
    several = ["b", "B", "Z", "ä", "-", "_", "x;y"]
    connection = database.connect(read_only=False)
    connection.many("INSERT INTO a (id, word) VALUES (?, ?)", [(n, w) for n, w in enumerate(several[:-1], 2)])
    connection.close()
    assert words(place) == sorted(several)


def test_the_program_s_own_migrations_apply_and_are_numbered(place: Place) -> None:
    names = list(migrations())
    assert all(name[:4].isdigit() and name[4] == "_" for name in names)
    assert len({name[:4] for name in names}) == len(names), "two migrations with one number"

    def applied(tx: Tx) -> list[object]:
        return [row[0] for row in tx.all("SELECT name FROM migrations ORDER BY name")]

    async def scenario() -> None:
        async with place.store() as store:
            assert await store.read(applied) == names

    asyncio.run(scenario())
