"""Out-of-office settings, a row a mailbox."""

from __future__ import annotations

from typing import cast

import msgspec

from samband.model.changes import OofChanged
from samband.model.oof import OofSettings
from samband.store.api import Tx, WriteTx

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(OofSettings).decode


def get(tx: Tx, mailbox: str) -> OofSettings:
    """The settings of a mailbox; where none were made, those that say nothing."""
    row = tx.one("SELECT settings FROM oof_settings WHERE mailbox = ?", mailbox)
    return _decode(cast(bytes, row[0])) if row else OofSettings()


def put(tx: WriteTx, mailbox: str, settings: OofSettings) -> None:
    """Keep the settings of a mailbox and say so in its log."""
    tx.run(
        "INSERT INTO oof_settings (mailbox, settings) VALUES (?, ?) "
        "ON CONFLICT (mailbox) DO UPDATE SET settings = excluded.settings",
        mailbox,
        _encode(settings),
    )
    tx.append(OofChanged(scope=mailbox))


def remember_answer(tx: WriteTx, mailbox: str, address: str) -> bool:
    """Whether ``address`` is told now for the first time that the owner of a mailbox is out."""
    sql = "INSERT INTO oof_answered (mailbox, address) VALUES (?, ?) ON CONFLICT DO NOTHING"
    return tx.run(sql, mailbox, address.lower()) == 1


def forget_answers(tx: WriteTx, mailbox: str) -> None:
    """The owner of a mailbox is out anew: everybody may be told again."""
    tx.run("DELETE FROM oof_answered WHERE mailbox = ?", mailbox)
