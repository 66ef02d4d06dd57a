"""``onlineMeetings``: an organiser's meetings, what they may be, and what invitations to them say."""

from __future__ import annotations

from samband.lync.actions.conferences import Conferences
from samband.lync.ucwa.call import Call, not_allowed, properties, show
from samband.model.conferences import MOST_MEMBERS, AccessLevel, Conference, LeaderAssignment, Terms
from samband.model.failures import Failure
from samband.model.people import Person
from samband.wire.conference.addresses import ConferenceAddress
from samband.wire.conference.join_links import JoinLinks
from samband.wire.http import HttpResponse
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.meetings import MeetingDocument, MeetingInput, read_meeting, write_meeting
from samband.wire.ucwa.resources import ECHOED, Resource, changeable, embedding, resource

_FIXED: dict[str, tuple[str, dict[str, object]]] = {
    "defaultValues": (
        "onlineMeetingDefaultValues",
        {
            "accessLevel": "SameEnterprise",
            "automaticLeaderAssignment": "Disabled",
            "defaultOnlineMeetingRel": "myOnlineMeetings",
            "entryExitAnnouncement": "Disabled",
            "lobbyBypassForPhoneUsers": "Disabled",
            "participantsWarningThreshold": MOST_MEMBERS,
        },
    ),
    "eligibleValues": (
        "onlineMeetingEligibleValues",
        {
            "accessLevels": ["Locked", "Invited", "SameEnterprise", "Everyone"],
            "automaticLeaderAssignments": ["Disabled", "SameEnterprise", "Everyone"],
            "eligibleOnlineMeetingRels": ["myOnlineMeetings"],
            "entryExitAnnouncements": ["Disabled"],
            "lobbyBypassForPhoneUsersSettings": ["Disabled"],
        },
    ),
    "policies": (
        "onlineMeetingPolicies",
        {
            "entryExitAnnouncement": "Disabled",
            "externalUserMeetingRecording": "Disabled",
            "meetingRecording": "Disabled",
            "meetingSize": MOST_MEMBERS,
            "phoneUserAdmission": "Disabled",
            "voipAudio": "Disabled",
        },
    ),
    "customInvitation": (
        "onlineMeetingInvitationCustomization",
        {
            "enterpriseHelpUrl": "",
            "invitationFooterText": "",
            "invitationHelpUrl": "",
            "invitationLegalUrl": "",
            "invitationLogoUrl": "",
        },
    ),
}
"""Path -> relation and properties of what nobody changes."""
_TEXT_ONLY = "This meeting is held in writing: it has no sound and no pictures."
_CODES = {
    "NotFound": ("NotFound", ""),
    "Forbidden": ("Forbidden", ""),
    "BadRequest": ("BadRequest", "ParameterValidationFailure"),
    "Conflict": ("Conflict", "AlreadyExists"),
    "LimitExceeded": ("Conflict", "TooManyOnlineMeetings"),
    "ConditionFailed": ("PreconditionFailed", ""),
}
"""Failure code -> code and subcode."""


class OnlineMeetings:
    """Serves what is below ``onlineMeetings``."""

    def __init__(self, conferences: Conferences, links: JoinLinks, *, text_only: bool) -> None:
        """``text_only``: meetings have no media, and invitations say so."""
        self._conferences = conferences
        self._links = links
        self._said = {"invitationFooterText": _TEXT_ONLY} if text_only else {}

    def overview(self, call: Call) -> Resource:
        """The resource itself, as the application embeds it."""
        links = {"self": call.link("onlineMeetings"), "myOnlineMeetings": self._mine(call)}
        links |= {rel: call.link("onlineMeetings", word) for word, (rel, _) in _FIXED.items()}
        return resource("onlineMeetings", links)

    async def serve(self, call: Call) -> HttpResponse:
        """Answer one request. Raises ``UcwaError``."""
        words = call.rest[1:]
        try:
            match [word.lower() for word in words]:
                case []:
                    _only_read(call)
                    return show(self.overview(call))
                case ["myonlinemeetings"]:
                    return await self._collection(call)
                case ["myonlinemeetings", _]:
                    return await self._one(call, words[1])
                case [name]:
                    return self._fixed(call, name)
        except Failure as error:
            code, subcode = _CODES.get(error.code, ("ServiceFailure", ""))
            raise UcwaError(code, error.text, subcode) from None
        raise UcwaError("NotFound", "There is nothing at this address")

    def _fixed(self, call: Call, name: str) -> HttpResponse:
        for word, (rel, values) in _FIXED.items():
            if word.lower() == name:
                _only_read(call)
                said = self._said if word == "customInvitation" else {}
                return show(resource(rel, {"self": call.link("onlineMeetings", word)}, values | said))
        raise UcwaError("NotFound", "There is nothing at this address")

    async def _collection(self, call: Call) -> HttpResponse:
        if call.method == "POST":
            wanted = read_meeting(properties(call.request))
            made = await self._conferences.add(call.person, _terms(wanted), expires=wanted.expiration_time)
            return show(self._shown(call, made), location=self._mine(call, made.id))
        if call.method not in ("GET", "HEAD"):
            raise not_allowed("GET, POST")
        found = await self._conferences.listed(call.person)
        meetings = [self._shown(call, one) for one in found]
        own = resource("myOnlineMeetings", {"self": self._mine(call)})
        return show(embedding(own, {"myOnlineMeeting": meetings}))

    async def _one(self, call: Call, conference: str) -> HttpResponse:
        match call.method:
            case "GET" | "HEAD":
                return show(self._shown(call, await self._conferences.get(call.person, conference)))
            case "PUT":
                return show(self._shown(call, await self._change(call, conference)))
            case "DELETE":
                await self._conferences.remove(call.person, conference)
                return HttpResponse(204)
        raise not_allowed("DELETE, GET, PUT")

    async def _change(self, call: Call, conference: str) -> Conference:
        """Whoever changes a meeting shows that they have read it, and which version of it."""
        body = properties(call.request)
        etag = call.request.headers.get("If-Match").strip().removeprefix("W/").strip('"')
        if not etag or ECHOED not in body:
            raise UcwaError("PreconditionRequired", "A change needs If-Match and the property that asks to be sent")
        if not (etag.isascii() and etag.isdigit() and len(etag) < 18):
            raise UcwaError("PreconditionFailed", "The meeting has changed meanwhile")
        wanted = read_meeting(body)
        before = await self._conferences.get(call.person, conference)
        terms = _terms(wanted, before.terms.passcode)
        return await self._conferences.change(call.person, conference, int(etag), terms, wanted.expiration_time)

    def _shown(self, call: Call, conference: Conference) -> Resource:
        links = {"self": self._mine(call, conference.id)}
        document = _document(call.person, conference, self._links)
        return changeable(resource("myOnlineMeeting", links, write_meeting(document)), str(conference.version))

    @staticmethod
    def _mine(call: Call, *words: str) -> str:
        return call.link("onlineMeetings", "myOnlineMeetings", *words)


def _only_read(call: Call) -> None:
    if call.method not in ("GET", "HEAD"):
        raise not_allowed("GET")


def _terms(wanted: MeetingInput, passcode: str = "") -> Terms:
    """``passcode`` is the one there was: clients that know of none do not take it away."""
    return Terms(
        subject=wanted.subject,
        description=wanted.description,
        access=AccessLevel(wanted.access_level),
        leader_assignment=LeaderAssignment(wanted.automatic_leader_assignment),
        leaders=wanted.leaders,
        attendees=wanted.attendees,
        passcode=passcode if wanted.passcode is None else wanted.passcode,
        announcement=wanted.entry_exit_announcement,
        phone_admission=wanted.phone_user_admission,
        phone_lobby_bypass=wanted.lobby_bypass_for_phone_users,
    )


def _document(organizer: Person, conference: Conference, links: JoinLinks) -> MeetingDocument:
    terms, address = conference.terms, organizer.sip.lower()
    return MeetingDocument(
        id=conference.id,
        organizer=f"sip:{organizer.sip}",
        uri=str(ConferenceAddress(address, "focus", conference.id)),
        join_url=links.url(address, conference.id),
        meeting=MeetingInput(
            subject=terms.subject,
            description=terms.description,
            access_level=terms.access.value,
            automatic_leader_assignment=terms.leader_assignment.value,
            entry_exit_announcement=terms.announcement,
            phone_user_admission=terms.phone_admission,
            lobby_bypass_for_phone_users=terms.phone_lobby_bypass,
            leaders=terms.leaders,
            attendees=terms.attendees,
            expiration_time=conference.expires,
            passcode=terms.passcode,
        ),
    )
