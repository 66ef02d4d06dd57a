"""Bringing a database to the shape this program needs: the files of ``store/migrations``, in name order, once each."""

from __future__ import annotations

import re
from importlib import resources

from samband.store.api import StoreUnavailable
from samband.store.connection import Connection, Database

_TOKEN = re.compile(r"'[^']*'|--[^\n]*|;|[^';-]+|-")


def migrations() -> dict[str, str]:
    """The SQL of every migration by its name, in the order in which they apply."""
    files = resources.files("samband.store").joinpath("migrations").iterdir()
    return {file.name: file.read_text("utf-8") for file in sorted(files, key=lambda f: f.name) if _is_sql(file.name)}


def _is_sql(name: str) -> bool:
    return name.endswith(".sql")


def statements(script: str) -> list[str]:
    """The statements of a script, without their comments."""
    found = [""]
    for token in _TOKEN.findall(script):
        if token == ";":
            found.append("")
        elif not token.startswith("--"):
            found[-1] += token
    return [statement for statement in map(str.strip, found) if statement]


def migrate(database: Database, known: dict[str, str]) -> list[str]:
    """Apply the migrations of ``known`` that this database lacks, all of them or none; their names.

    Processes that start together do it one after another. Raises ``StoreUnavailable`` where the database was made by
    a later version of the program, or cannot be changed: its disk is full, the account has no rights.
    """
    connection = database.connect(read_only=False)
    try:
        connection.begin_migration()
        missing = _missing(connection, database, known)
        for name in missing:
            for statement in statements(known[name]):
                if sql := database.ddl(statement):
                    connection.run(sql)
            connection.run("INSERT INTO migrations (name) VALUES (?)", name)
        connection.commit()
        return missing
    except BaseException as error:
        connection.rollback()
        if connection.is_outage(error):
            raise StoreUnavailable(f"cannot bring the database up to date: {error}") from error
        raise
    finally:
        connection.close()


def _missing(connection: Connection, database: Database, known: dict[str, str]) -> list[str]:
    connection.run(database.ddl("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)"))
    applied = {row[0] for row in connection.all("SELECT name FROM migrations")}
    if unknown := applied - known.keys():
        names = ", ".join(sorted(str(name) for name in unknown))
        raise StoreUnavailable(f"the database was made by a later version of Samband: it has {names}")
    return [name for name in known if name not in applied]
