"""Presence in UCWA's words."""

from __future__ import annotations

from samband.model.presence import (
    AVAILABLE,
    AWAY,
    AWAY_FROM,
    BE_RIGHT_BACK,
    BE_RIGHT_BACK_FROM,
    BUSY,
    BUSY_FROM,
    BUSY_IDLE_FROM,
    DO_NOT_DISTURB,
    DO_NOT_DISTURB_FROM,
    IDLE_FROM,
    IN_A_MEETING,
    OFFLINE,
    OFFLINE_FROM,
    ON_THE_PHONE,
    OUT_OF_OFFICE,
    Note,
    NoteKind,
    State,
)

OFF_WORK = "off-work"
CHOICES: dict[str, tuple[int, str]] = {
    "Online": (AVAILABLE, ""),
    "Busy": (BUSY, ""),
    "DoNotDisturb": (DO_NOT_DISTURB, ""),
    "BeRightBack": (BE_RIGHT_BACK, ""),
    "Away": (AWAY, ""),
    "Offwork": (AWAY, OFF_WORK),
}
"""What somebody may choose -> availability, and token of the activity."""
_RANGES = (
    (OFFLINE_FROM, "Offline", "Offline"),
    (AWAY_FROM, "Away", "Away"),
    (BE_RIGHT_BACK_FROM, "BeRightBack", "Be right back"),
    (DO_NOT_DISTURB_FROM, "DoNotDisturb", "Do not disturb"),
    (BUSY_IDLE_FROM, "IdleBusy", "Busy"),
    (BUSY_FROM, "Busy", "Busy"),
    (IDLE_FROM, "IdleOnline", "Inactive"),
    (0, "Online", "Available"),
)
_ACTIVITIES = {
    IN_A_MEETING: "In a meeting",
    "in-a-conference": "In a conference call",
    ON_THE_PHONE: "In a call",
    OUT_OF_OFFICE: "Out of office",
    OFF_WORK: "Off work",
}


def shown(state: State | None) -> dict[str, str]:
    """Availability and activity of a state; somebody who shows nothing is offline."""
    number = OFFLINE if state is None or state.availability is None else state.availability
    word, activity = next((word, text) for least, word, text in _RANGES if number >= least)
    token = state.activity.token if state is not None and state.activity is not None else ""
    if state is not None and state.activity is not None and state.activity.texts:
        activity = state.activity.texts[0][1]
    return {"availability": word, "activity": _ACTIVITIES.get(token, activity)}


def shown_note(note: Note) -> dict[str, str]:
    """A note."""
    return {"message": note.text, "type": "OutOfOffice" if note.kind is NoteKind.OUT_OF_OFFICE else "Personal"}
