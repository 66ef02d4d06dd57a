"""Reads: a batch of waiting reads shares one consistent view."""

from __future__ import annotations

from collections.abc import Sequence

from samband.store.connection import Connection
from samband.store.workers import Job


class Reader:
    """The work of one reader thread. A view opens after its reads were asked for, so it holds all they may expect."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def handle(self, jobs: Sequence[Job]) -> None:
        connection = self._connection
        try:
            connection.begin_read()
            for job in jobs:
                try:
                    job.result = job.work(connection)
                except BaseException as error:
                    job.error = error
                    if connection.is_outage(error):
                        raise
                    # PostgreSQL refuses everything else in a view after an error.
                    connection.rollback()
                    connection.begin_read()
            connection.commit()
        except BaseException:
            connection.rollback()
            raise

    def close(self) -> None:
        self._connection.close()
