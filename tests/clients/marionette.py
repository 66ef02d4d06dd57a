"""Mozilla's remote control, enough of it: run JavaScript with the application's own rights and take its result.

Marionette speaks JSON over TCP: a packet is its length in decimal, a colon, and an array, ``[0, id, command, words]``
there and ``[1, id, error, result]`` back.
"""

from __future__ import annotations

import itertools
import json
import socket
from typing import Any

_TO_PROMISE = """
const [source, words, done] = arguments;
const AsyncFunction = Object.getPrototypeOf(async function () {}).constructor;
new AsyncFunction("words", source)(words).then(
  value => done({value}),
  error => done({error: `${error} ${error?.stack ?? ""} ${error?.errors ?? ""}`}),
);
"""


class ScriptFailed(AssertionError):
    """What the application's script threw."""


class Marionette:
    """One session in the chrome context; the application must be listening on ``port``.

    ``dialogues`` is what is done about one that opens meanwhile: ``accept`` presses its first button when
    the next command comes, ``dismiss and notify`` closes it and makes that command fail with what it says.
    """

    def __init__(self, port: int, dialogues: str = "dismiss and notify", seconds: float = 60.0) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), seconds)
        self._incoming = self._socket.makefile("rb")
        self._numbers = itertools.count(1)
        try:
            self._read()
            self._ask("WebDriver:NewSession", {"unhandledPromptBehavior": dialogues})
            self._ask("Marionette:SetContext", {"value": "chrome"})
            self._ask("WebDriver:SetTimeouts", {"script": int(seconds * 1000)})
        except BaseException:
            self.close()
            raise

    def run(self, source: str, **words: Any) -> Any:
        """The value that ``source``, the body of an asynchronous function of ``words``, returns.

        None where a dialogue opens before it returns; it goes on then, once the dialogue is closed.
        """
        asked = {"script": _TO_PROMISE, "args": [source, words], "sandbox": "system", "newSandbox": False}
        found = self._ask("WebDriver:ExecuteAsyncScript", asked)["value"]
        if found is None:
            return None
        if "error" in found:
            raise ScriptFailed(found["error"])
        return found.get("value")

    def quit(self) -> None:
        """Ask the application to end."""
        self._ask("Marionette:Quit", {"flags": ["eForceQuit"]})

    def close(self) -> None:
        self._incoming.close()
        self._socket.close()

    def _ask(self, command: str, words: dict[str, Any]) -> Any:
        number = next(self._numbers)
        text = json.dumps([0, number, command, words]).encode()
        self._socket.sendall(b"%d:%s" % (len(text), text))
        kind, answered, error, result = self._read()
        assert (kind, answered) == (1, number)
        if error is not None:
            raise ScriptFailed(f"{command}: {error['error']}: {error['message']} {error.get('data', '')}")
        return result

    def _read(self) -> Any:
        length = b""
        while (byte := self._incoming.read(1)) != b":":
            if not byte:
                raise ConnectionError("the application ended the session")
            length += byte
        return json.loads(self._incoming.read(int(length)))
