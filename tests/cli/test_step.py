"""The six steps on a running demo: undone and done again, with no restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from samband.cli.main import main
from tests.clients.running_demo import Demo, running_demo

MARKS = {"x": "done", "/": "partly", " ": "undone", "-": "not required"}


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running:
        yield running


Say = Callable[..., str]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command in this process, which spares its start; what it printed."""

    def run(*words: str) -> str:
        assert main(words) == 0
        return capsys.readouterr().out

    return run


def marks(demo: Demo, say: Say) -> dict[int, str]:
    lines = [line.strip() for line in say("step", "list", demo.folder).splitlines()]
    return {int(line[4]): MARKS[line[1]] for line in lines if line.startswith("[")}


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_a_step_is_undone_and_done_again(demo: Demo, say: Say, number: int) -> None:
    say("step", "do", demo.folder, "5")
    assert marks(demo, say) == {**dict.fromkeys(range(1, 6), "done"), 6: "not required"}
    people = say("user", "list", demo.folder)
    say("step", "undo", demo.folder, str(number))
    assert {step for step, mark in marks(demo, say).items() if mark in ("undone", "partly")} == {number}
    said = say("step", "do", demo.folder, str(number))
    assert "nothing was left" not in said
    assert marks(demo, say)[number] == "done"
    assert say("user", "list", demo.folder) == people


def test_one_person_at_a_time_and_what_was_taken_comes_back(demo: Demo, say: Say) -> None:
    say("user", "set", demo.folder, "bob", "mail=bob.other@contoso.test")
    said = say("step", "undo", demo.folder, "3", "--user", "bob")
    assert "bob@contoso.test: mail no longer has bob.other@contoso.test" in said
    assert "Free/busy                off for 1 person" in said
    assert marks(demo, say)[3] == "partly"
    assert "mail has bob.other@contoso.test" in say("step", "do", demo.folder, "3", "--user", "bob")


def test_step_6_is_not_for_this_site(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["step", "do", demo.folder, "6"]) == 1
    assert "this site has none" in capsys.readouterr().err


def test_the_settings_of_step_5_by_hand(demo: Demo, say: Say) -> None:
    said = say("owa", "set", demo.folder, "--type", "None", "--server-name", "")
    assert "no instant messaging: InstantMessagingType is not OCS" in said
    assert marks(demo, say)[5] == "partly"
    say("owa", "set", demo.folder, "--type", "OCS", "--server-name", "lync.contoso.test")
    say("application", "add", demo.folder, "Mail.contoso.test")
    assert "mail.contoso.test" in say("application", "list", demo.folder)
    assert marks(demo, say)[5] == "done"
    say("application", "remove", demo.folder, "mail.contoso.test")
    assert marks(demo, say)[5] == "partly"


def test_step_1_alone_says_what_else_the_dns_lacks(demo: Demo, say: Say) -> None:
    say("dns", "withdraw", demo.folder)
    try:
        said = say("step", "do", demo.folder, "1")
        assert "records that the site needs beside them are not there: samband dns publish" in said
    finally:
        say("dns", "publish", demo.folder)
    say("step", "undo", demo.folder, "1")
    assert "beside them" not in say("step", "do", demo.folder, "1")
