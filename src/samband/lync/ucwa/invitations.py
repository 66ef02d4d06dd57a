"""What a conversation began with, as resources: an invitation to messaging, or to a meeting."""

from __future__ import annotations

from samband.lync.ucwa import sides
from samband.lync.ucwa.conversation import Conversation, State, text_link
from samband.wire.ucwa.resources import Resource, embedding, resource


def messaging_invitation(one: Conversation) -> Resource:
    """``messagingInvitation``."""
    here = one.invitation_reference.href
    incoming = one.direction == "Incoming" and one.meeting is None
    links = {"self": here, "conversation": one.reference.href, "messaging": one.messaging_reference.href}
    if incoming:
        links["from"] = one.participant_reference(one.peer).href
    elif one.peer:
        links["to"] = one.place.link("people", one.peer)
    if one.talk == "Connecting" and incoming:
        links |= {"accept": f"{here}/accept", "decline": f"{here}/decline"}
    elif one.talk == "Connecting":
        links["cancel"] = f"{here}/cancel"
    elif one.talk == "Connected" and one.peer and not incoming:
        links["acceptedByContact"] = one.place.link("people", one.peer)
        links["acceptedByParticipant"] = one.participant_reference(one.peer).href
    found = resource("messagingInvitation", links, _values(one, one.talk))
    kind, text = one.session.first if one.session is not None else ("", "")
    if text:
        found["_links"]["message"] = text_link(kind, text).popitem()[1]
    return embedding(found, {"from": sides.other(one, one.peer)} if incoming else {})


def meeting_invitation(one: Conversation) -> Resource:
    """``onlineMeetingInvitation``."""
    here = one.joining_reference.href
    links = {"self": here, "conversation": one.reference.href}
    incoming = one.direction == "Incoming"
    if one.state == "Connecting" and incoming:
        links |= {"accept": f"{here}/accept", "decline": f"{here}/decline"}
    elif one.state in ("Connecting", "InLobby"):
        links["cancel"] = f"{here}/cancel"
    focus = one.meeting.address if one.meeting is not None else ""
    states: dict[State, State] = {"Conferenced": "Connected", "InLobby": "Connecting"}
    state = states.get(one.state, one.state)
    values = {**_values(one, state), "onlineMeetingUri": focus}
    found = resource("onlineMeetingInvitation", links, values)
    return embedding(found, {"from": sides.other(one, one.peer)} if incoming else {})


def _values(one: Conversation, state: State) -> dict[str, object]:
    incoming = one.direction == "Incoming"
    peer = one.place.address if incoming else one.peer
    values: dict[str, object] = {
        "direction": one.direction,
        "importance": one.importance,
        "operationId": one.operation,
        "sessionContext": one.context,
        "state": state,
        "subject": one.subject,
        "threadId": one.thread or one.id,
        "to": f"sip:{peer}" if peer else "",
    }
    return {name: value for name, value in values.items() if value}
