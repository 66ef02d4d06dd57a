"""The queue of outgoing mail, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from samband.cli.folder import on_ground
from samband.cli.main import main
from samband.ground import Ground
from samband.model.item_values import EmailAddress
from samband.model.outbound import Outside, WayOut
from samband.store import outbound


def _queue(folder: Path) -> None:
    way = WayOut((Outside(EmailAddress("", "x@far.test")), Outside(EmailAddress("", "y@far.test"))), "a@contoso.test")

    async def work(ground: Ground) -> None:
        message = await ground.store.write(
            lambda tx: outbound.insert(tx, ground.store.blobs, way, "Hello", b"", 1_800_000_000)
        )
        (queued,) = await ground.store.read(outbound.every)
        assert queued.id == message
        late = queued.recipients[0]
        await ground.store.write(lambda tx: outbound.defer(tx, message, late, 1_800_000_060, "450 4.2.0 busy"))

    on_ground(folder, work)


def test_the_queue_is_listed_retried_and_dropped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "site"
    assert main(["init", str(folder), "--domain", "contoso.test"]) == 0
    capsys.readouterr()
    assert main(["queue", "list", str(folder)]) == 0
    assert capsys.readouterr().out == "nothing waits\n"
    _queue(folder)
    assert main(["queue", "list", str(folder)]) == 0
    first, late, new = capsys.readouterr().out.splitlines()
    message = first.split()[0]
    assert first == f"{message}  2027-01-15 08:00:00Z  from a@contoso.test: Hello"
    assert late == "    x@far.test  tried once, next at 2027-01-15 08:01:00Z: 450 4.2.0 busy"
    assert new == "    y@far.test  not tried yet"
    assert main(["queue", "list", str(folder), "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert (table["message"], [one["attempts"] for one in table["recipients"]]) == (message, [1, 0])
    assert main(["queue", "retry", str(folder), message]) == 0
    assert capsys.readouterr().out == "2 recipients will be tried now\n"
    assert main(["queue", "retry", str(folder), "abc"]) == 1
    assert "none of these messages waits" in capsys.readouterr().err
    assert main(["queue", "drop", str(folder), message]) == 0
    assert main(["queue", "drop", str(folder), message]) == 1
    with pytest.raises(SystemExit):
        main(["queue", "drop", str(folder), "xyz"])
