"""Tones of one frequency in files: what a telephone says, and whether another heard it."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

RATE = 8000
"""Samples a second of G.711."""
_HEAD = 44
_LOUD = 9000


def write_tone(file: Path, hertz: int, seconds: int = 60) -> None:
    """A tone, in a file that clients play."""
    turn = 2 * math.pi * hertz / RATE
    samples = [int(_LOUD * math.sin(turn * number)) for number in range(RATE * seconds)]
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def is_heard(file: Path, hertz: int, other: int) -> bool:
    """Whether half a second without a break in a recording is ``hertz``, near as loud as it was said, and not
    ``other``. The recording may still be growing: the length in its head is not looked at."""
    data = file.read_bytes()[_HEAD:] if file.exists() else b""
    samples = struct.unpack(f"<{len(data) // 2}h", data[: len(data) // 2 * 2])
    part = RATE // 2
    pieces = [samples[start : start + part] for start in range(0, len(samples) - part + 1, part)]
    return any(_loudness(piece, hertz) > _LOUD / 2 and _loudness(piece, other) < _LOUD / 20 for piece in pieces)


def _loudness(samples: tuple[int, ...], hertz: int) -> float:
    """The amplitude of a frequency."""
    turn = 2 * math.pi * hertz / RATE
    across = sum(value * math.cos(turn * number) for number, value in enumerate(samples))
    along = sum(value * math.sin(turn * number) for number, value in enumerate(samples))
    return 2 * math.hypot(across, along) / len(samples)
