"""Writes: one thread, one transaction for all writes that wait (group commit), each undone alone if it fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from samband.model.changes import Change
from samband.model.item_queries import WordQuery
from samband.store import changes as log
from samband.store.api import Row, Value
from samband.store.connection import Connection
from samband.store.workers import Job

logger = logging.getLogger(__name__)

OnCommitted = Callable[[int, Sequence[Change]], None]
"""Told on the event loop, in order: a number, and every change up to it that it was not told of before."""


class Rows:
    """One write while it runs: a ``RowsTx``."""

    __slots__ = ("all", "many", "one", "run", "word_query")

    def __init__(self, connection: Connection) -> None:
        self.all: Callable[..., list[Row]] = connection.all
        self.one: Callable[..., Row | None] = connection.one
        self.run: Callable[..., int] = connection.run
        self.many: Callable[[str, Sequence[Sequence[Value]]], None] = connection.many
        self.word_query: Callable[[WordQuery], str] = connection.word_query


class Write(Rows):
    """One that has a number: a ``WriteTx``."""

    __slots__ = ("_serials", "changes", "seq")

    def __init__(self, connection: Connection, seq: int) -> None:
        super().__init__(connection)
        self._serials: dict[str, int] = {}
        self.seq = seq
        self.changes: list[Change] = []

    def append(self, change: Change) -> None:
        self.changes.append(msgspec.structs.replace(change, seq=self.seq))

    def serial(self, name: str) -> int:
        place = self._serials.get(name, 0)
        self._serials[name] = place + 1
        return place


class Writer:
    """The work of the writer thread.

    Numbers are handed out under a lock on the row of the latest number, which every process takes: a number becomes
    visible only after all lower ones have.
    """

    def __init__(self, connection: Connection, on_committed: OnCommitted, told: int) -> None:
        self._connection = connection
        self._on_committed = on_committed
        self._told = told

    def handle(self, jobs: Sequence[Job]) -> Callable[[], None] | None:
        connection, alone = self._connection, len(jobs) == 1
        numbered = sum([not job.posted for job in jobs])
        try:
            connection.begin_write()
            before = seq = log.claim(connection, numbered) if numbered else 0
            done, written = 0, list[Change]()
            for job in jobs:
                if job.posted:
                    done += self._run(job, Rows(connection), alone=alone)
                    continue
                write = Write(connection, seq + 1)
                if self._run(job, write, alone=alone):
                    seq += 1
                    written += write.changes
            if not done and seq == before:
                connection.rollback()
                return None
            if written:
                log.store(connection, written)
            if seq < before + numbered:
                # Numbers of writes that failed are given back.
                log.store_last(connection, seq)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        return self._news(before, seq, written) if seq > before else None

    def _run(self, job: Job, write: Rows, *, alone: bool) -> bool:
        """Do one write; whether it took. One that is alone in its transaction needs no savepoint."""
        if not alone:
            self._connection.savepoint()
        try:
            job.result = job.work(write)
        except BaseException as error:
            job.error = error
            if self._connection.is_outage(error):
                raise
            if not alone:
                self._connection.rollback_to_savepoint()
            return False
        if not alone:
            self._connection.release_savepoint()
        return True

    def _news(self, before: int, seq: int, written: list[Change]) -> Callable[[], None] | None:
        """What the event loop is to be told; first of all what other processes wrote in between."""
        try:
            missed = self._missed(before) if before > self._told else []
        except Exception:
            # The write stands. Its news go out with the next one, or when the feed next looks into the log.
            logger.exception("cannot read what other processes wrote")
            return None
        self._told = seq
        return partial(self._on_committed, seq, missed + written)

    def _missed(self, upto: int) -> list[Change]:
        self._connection.begin_read()
        try:
            return log.between(self._connection, self._told, upto)
        finally:
            self._connection.rollback()

    def close(self) -> None:
        self._connection.close()
