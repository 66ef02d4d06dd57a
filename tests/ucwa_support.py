"""Writes docs/ucwa-support.md: which resources of UCWA are there.

    .venv/bin/python -m tests.ucwa_support

The names of the published reference stand in ``tests/ucwa_resources.txt``; what is there is what a server in memory
names to three people who use all of it (``tests/lync/ucwa/walk.py``). ``PARTLY`` says of what is there what it lacks.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from tests.lync.ucwa import walk

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "ucwa-support.md"

OWN = {
    "answer": "accepts what `audioVideo` offers",
    "mediaAnswer": "what `publish` is answered with",
    "publish": "begins to send",
    "report": "microphone or camera was turned on or off",
    "start": "begins sound and pictures",
    "stop": "ends them",
}
"""Relations of our own, all of them below ``audioVideo``; the reference uses one of these names otherwise."""

PARTLY = {
    "audioVideo": "of meetings alone, and with links of our own: session descriptions are those of browsers and Janus",
    "communication": "PUT changes `supportedMessageFormats` alone",
    "contactPhoto": "the picture of the address book, whatever size is asked for; larger ones are with Exchange",
    "photo": "the picture of the address book, whatever size is asked for; larger ones are with Exchange",
    "presenceSubscriptionMemberships": "people are added by `addToPresenceSubscription`, not here",
    "policies": "the same for everybody",
    "organizer": "a link to the contact",
    "conversationLog": "no `onlineMeetingUri`; `continueMessaging` of those of two people alone",
    "missedItems": "of conversations: there is no voice mail",
    "conversation": "no `readLocally`; it expires with its application",
}
"""Resources that are there, and what they lack."""

ELSEWHERE = {
    "root": "found by discovery, at `lyncdiscover.DOMAIN`",
    "user": "found by discovery, at `lyncdiscover.DOMAIN`",
    "redirect": "found by discovery, at `lyncdiscover.DOMAIN`",
    "anonApplications": "guests get their token, and make their application like everybody",
}
"""Resources that are there, but not below an application."""

_CALLS = "there are no calls by UCWA; SIP clients call each other (`docs/media.md`)"
_TELEPHONE = "there is no telephony: nobody is enabled for Enterprise Voice"
_SHARING = "there is no application sharing"
_BOARD = "there is no data collaboration"
_HISTORY = "past conversations are of texts alone (`docs/conversation-history.md`)"
_DELEGATES = "there are no delegates for conversations"
_OTHER_MODALITY = "nobody answers in another conversation than the one they were asked in"

_CALLED = (
    *("acceptWithAnswer", "addAudio", "addAudioVideo", "addVideo", "audioVideoInvitation", "audioVideoNegotiation"),
    *("audioVideoPolicies", "audioVideoRenegotiation", "audioVideoSession", "audioVideoSessions", "dismiss"),
    *("escalateAudio", "escalateAudioVideo", "mediaDiagnostics", "mediaPolicies", "publishCallQualityFeedback"),
    *("renegotiations", "replacesAudioVideo", "reportMediaDiagnostics", "resumeAudio", "resumeAudioVideo"),
    *("sendProvisionalAnswer", "startAudio", "startAudioVideo", "startVideo", "stopAudio", "stopAudioVideo"),
    *("stopVideo", "transferredBy", "forwardedBy", "videoFreeze", "videoLockedOnParticipant"),
    *("participantPanoramicVideo", "startEmergencyCall", "userAcknowledged"),
)
_TELEPHONED = (
    *("acceptWithPhoneAudio", "addPhoneAudio", "callForwardingSettings", "changeNumber", "changeVisibility"),
    *("dialInRegion", "holdPhoneAudio", "immediateForwardSettings", "immediateForwardToContact"),
    *("immediateForwardToDelegates", "immediateForwardToVoicemail", "phone", "phoneAudio", "phoneAudioInvitation"),
    *("phoneDialInInformation", "phones", "replaceWithPhoneAudio", "replacesPhoneAudio", "reportMyNetwork"),
    *("resetUnansweredCallSettings", "simultaneousRingSettings", "simultaneousRingToContact"),
    *("simultaneousRingToDelegates", "simultaneousRingToTeam", "startPhoneAudio", "stopPhoneAudio"),
    *("turnOffCallForwarding", "unansweredCallSettings", "unansweredCallToContact", "unansweredCallToVoicemail"),
)
_KEPT = (*("audioTranscript", "continueAudio", "continueAudioVideo", "continuePhoneAudio", "continueVideo"),)
LEFT_OUT = {
    **dict.fromkeys(_CALLED, _CALLS),
    **dict.fromkeys(_TELEPHONED, _TELEPHONE),
    **dict.fromkeys(_KEPT, _HISTORY),
    **dict.fromkeys(
        ("applicationSharer", "applicationSharing", "applicationSharingRenegotiation", "participantApplicationSharing"),
        _SHARING,
    ),
    **dict.fromkeys(("dataCollaboration", "participantDataCollaboration"), _BOARD),
    **dict.fromkeys(
        (
            *("delegatesGroup", "delegator", "delegatorsGroup", "onBehalfOf", "startAudioOnBehalfOfDelegator"),
            *("startAudioVideoOnBehalfOfDelegator", "startPhoneAudioOnBehalfOfDelegator"),
        ),
        _DELEGATES,
    ),
    **dict.fromkeys(
        ("derivedAudioVideo", "derivedConversation", "derivedMessaging", "derivedPhoneAudio"), _OTHER_MODALITY
    ),
    "disableAudienceMessaging": "everybody in a meeting may write",
    "enableAudienceMessaging": "everybody in a meeting may write",
    "errorTranscript": "a text that cannot be told from others is shown as the whole it is in",
    "myAssignedOnlineMeeting": "nobody has a meeting of their own that always stands",
    "myOrganizationGroup": "the directory's managers are not shown as a group",
    "onlineMeetingExtension": "nothing is kept beside a meeting",
    "onlineMeetingExtensions": "nothing is kept beside a meeting",
    "replayMessage": "there are no endpoints of services that would notify clients",
    "xframe": "pages of the same origin need none, and others are not let in",
}
"""Why resources are not there; no link leads to them."""


def names() -> list[str]:
    """The resources of the published reference; the second revision of one is no other."""
    return (HERE / "ucwa_resources.txt").read_text().split()


def row(name: str, seen: frozenset[str]) -> tuple[str, str]:
    """Whether a resource is there, and what is to be said of it."""
    if name in seen:
        return ("Partly", PARTLY[name]) if name in PARTLY else ("Yes", "")
    return ("Yes", ELSEWHERE[name]) if name in ELSEWHERE else ("No", LEFT_OUT[name])


def page(seen: frozenset[str]) -> str:
    """The whole page; ``seen`` are the relations that a walk has met."""
    rows = [(name, *row(name, seen)) for name in names()]
    count = Counter(there for _, there, _ in rows)
    lines = [
        "# What of UCWA is there",
        "",
        "Written by `python -m tests.ucwa_support`, which walks through a server and notes what it names; the list is",
        "that of the published reference of UCWA 2.0. How each behaves: `docs/ucwa.md`.",
        "",
        f"{len(rows)}: {', '.join(f'{count[word]} {word}' for word in ('Yes', 'Partly', 'No'))}.",
        "",
        "| Resource | There | Remark |",
        "|---|---|---|",
        *(f"| {name} | {there} | {remark} |" for name, there, remark in rows),
        "",
        "## Of our own",
        "",
        "| Relation | What it does |",
        "|---|---|",
        *(f"| {name} | {remark} |" for name, remark in OWN.items()),
        "",
    ]
    return "\n".join(lines)


def look() -> frozenset[str]:
    """Walk, and say what was met."""
    with tempfile.TemporaryDirectory() as folder:
        return walk.relations(Path(folder))


if __name__ == "__main__":
    PAGE.write_text(page(look()))
