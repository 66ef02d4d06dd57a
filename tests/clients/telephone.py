"""Two clients as telephones: what each says is a tone of its own, what it hears is kept in a file."""

from __future__ import annotations

import re

from tests.clients import baresip, linphonec
from tests.clients.baresip import Baresip
from tests.clients.linphonec import Linphonec
from tests.clients.running_demo import Demo
from tests.clients.tones import is_heard, write_tone
from tests.clients.waiting import until

DOMAIN = "contoso.test"
PATIENCE = 60.0


class BaresipTelephone(Baresip):
    """baresip. ``tone``, in hertz, is what it says."""

    missing = baresip.missing()

    def __init__(self, demo: Demo, user: str, tone: int, transport: str = "tcp") -> None:
        self._tone = tone
        self._since = 0
        ca_file, password = demo.table["ca_file"], demo.person(user)["password"]
        super().__init__(user, password, DOMAIN, demo.table["sip"][transport], transport=transport, ca_file=ca_file)

    def ready(self) -> None:
        """Wait until it can be called."""
        self.registered()

    def call(self, address: str) -> None:
        """Dial somebody."""
        self._since = len(self.said)
        self.do("dial", f"sip:{address}")

    def rings(self) -> None:
        """Wait for a call."""
        self._since = self._event("CALL_INCOMING")

    def hears_ringing(self) -> None:
        """Wait until it rings there."""
        self._event("CALL_RINGING")

    def answer(self) -> None:
        """Take the call that rings."""
        self.do("accept")

    def hang_up(self) -> None:
        """End the call; decline it while it rings, take it back while it rings there."""
        self.do("hangup")

    def hold(self) -> None:
        """Offer the call anew, without sound."""
        self.do("hold")

    def is_offered_anew(self) -> None:
        """Wait for a second offer within the call."""
        until(lambda: len(self._events("CALL_REMOTE_SDP")) > 1, f"a new offer:\n{self.log[-3000:]}", PATIENCE)

    def talks(self) -> None:
        """Wait until a call is up."""
        self._event("CALL_ESTABLISHED")

    def over(self) -> str:
        """Wait until a call has ended; what it says of the reason."""
        return str(self.said[self._event("CALL_CLOSED") - 1].get("param", ""))

    def hears_tone(self, tone: int) -> None:
        """Wait until what comes is ``tone``."""
        until(lambda: self._is_heard(tone), f"{tone} Hz:\n{self.log[-3000:]}", PATIENCE)

    def _is_heard(self, tone: int) -> bool:
        """In the latest call."""
        files = sorted(self.folder.glob("dump-*-dec.wav"))
        return bool(files) and is_heard(files[-1], tone, self._tone)

    def _events(self, kind: str) -> list[int]:
        return [at for at, one in enumerate(self.said) if at >= self._since and one.get("type") == kind]

    def _event(self, kind: str) -> int:
        """The place after the first such event since it called, or was called."""
        return until(lambda: [at + 1 for at in self._events(kind)], f"{kind}:\n{self.log[-3000:]}", PATIENCE)[0]

    def _config(self, ca_file: str) -> str:
        folder = self.folder
        write_tone(folder / "tone.wav", self._tone)
        lines = ["net_interface 127.0.0.1", f"audio_source aufile,{folder}/tone.wav", "audio_player aubridge,nobody"]
        lines += ["audio_alert aubridge,nobody", f"snd_path {folder}"]
        lines += [f"module {name}.so" for name in ("g711", "aufile", "aubridge", "sndfile")]
        return super()._config(ca_file) + "\n".join(lines) + "\n"


class LinphoneTelephone(Linphonec):
    """Linphone. ``tone``, in hertz, is what it says."""

    missing = linphonec.missing()

    def __init__(self, demo: Demo, user: str, tone: int, transport: str = "tcp") -> None:
        self._tone = tone
        self._since = 0
        ca_file, password = demo.table["ca_file"], demo.person(user)["password"]
        super().__init__(user, password, DOMAIN, demo.table["sip"][transport], transport=transport, ca_file=ca_file)
        self._heard = self.folder / "heard.wav"
        write_tone(self.folder / "tone.wav", tone)

    def ready(self) -> None:
        """Wait until it can be called."""
        self.registered()
        self.do("soundcard use files")
        self.do(f"play {self.folder}/tone.wav")
        self.do(f"record {self._heard}")

    def call(self, address: str) -> None:
        """Dial somebody."""
        self._since = len(self.shown)
        self.do(f"call sip:{address}")

    def rings(self) -> None:
        """Wait for a call."""
        self._since = self._line(r"Receiving new incoming call from ").start()

    def hears_ringing(self) -> None:
        """Wait until it rings there."""
        self._line(r"Call \d+ to \S+ ringing")

    def answer(self) -> None:
        """Take the call that rings."""
        self.do("answer")

    def hang_up(self) -> None:
        """End the call; decline it while it rings, take it back while it rings there."""
        self.do("terminate")

    def talks(self) -> None:
        """Wait until a call is up."""
        self._line(r"Call \d+ with \S+ connected")

    def over(self) -> str:
        """Wait until a call has ended; what it says of the reason."""
        return self._line(r"Call \d+ with \S+ (?:ended|error|failed).*").group()

    def hears_tone(self, tone: int) -> None:
        """Wait until what comes is ``tone``."""
        until(lambda: is_heard(self._heard, tone, self._tone), f"{tone} Hz:\n{self.shown[-3000:]}", PATIENCE)

    def _line(self, pattern: str) -> re.Match[str]:
        """The first such line since it called, or was called."""
        wanted = re.compile(pattern)
        return until(lambda: wanted.search(self.shown, self._since), f"{pattern}:\n{self.shown[-3000:]}", PATIENCE)


Telephone = BaresipTelephone | LinphoneTelephone
