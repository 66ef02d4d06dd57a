"""``conversationLogs`` and ``missedItems``: past conversations as the owner's mailbox has them."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable
from typing import Protocol

from samband.lync.actions.conversation_logs import ConversationLogs, News
from samband.lync.actions.im import HTML, PLAIN
from samband.lync.ucwa.call import Call, show
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.conversation import text_link
from samband.lync.ucwa.part import Place
from samband.model.conversation_history import Party, Text
from samband.model.conversation_logs import ConversationLog
from samband.model.rich_text import harmless
from samband.wire.http import HttpResponse
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Kind, Reference
from samband.wire.ucwa.resources import Resource, embedding, linking, resource, write_date

USUAL, MOST = 50, 100
"""Conversations in one answer, without a limit of the client's and at most."""
PAGE = 100
"""Texts in one answer."""
PREVIEW = 256
"""Characters of what was said that are shown of a conversation."""
LOGS, MISSED = "conversationLogs", "missedItems"
TRANSCRIPTS, NEXT = "conversationLogTranscripts", "nextConversationLogTranscripts"
_LONGEST_IDENTIFIER = 1024
_KINDS: dict[News, Kind] = {"added": "added", "updated": "updated", "deleted": "deleted"}
_TAG = re.compile(r"<[^>]*>")


class Continue(Protocol):
    """Begins a conversation of two that goes on with a past one. Raises ``UcwaError``."""

    def __call__(self, call: Call, to: str, subject: str, thread: str) -> HttpResponse: ...


class PastConversations:
    """Serves them, and tells of them. ``changed``: what is offered has changed; ``may_begin``: a conversation, now."""

    def __init__(
        self,
        place: Place,
        logs: ConversationLogs,
        begin: Continue,
        may_begin: Callable[[], bool],
        changed: Callable[[], None],
    ) -> None:
        self._place = place
        self._logs = logs
        self._begin = begin
        self._may_begin = may_begin
        self._changed = changed
        self.close = logs.follow(place.session.owner, self._hear)

    @property
    def offered(self) -> bool:
        """Whether the owner's mailbox can be read."""
        return self._logs.offered(self._place.person)

    def links(self) -> dict[str, str]:
        """What ``communication`` leads to."""
        return {rel: self._place.link("communication", rel) for rel in (LOGS, MISSED)} if self.offered else {}

    # --- what happens

    def _hear(self, news: News, identifier: str) -> None:
        if news == "offered":
            self._changed()
            return
        tell, sender = self._place.tell, self._place.reference("communication", "communication")
        if news == "counts":
            tell(sender, "updated", self._place.reference(MISSED, "communication", MISSED), Urgency.HIGH)
            return
        link = Reference("conversationLog", self._where(identifier))
        within = self._place.reference(LOGS, "communication", LOGS)
        tell(sender, _KINDS[news], link, Urgency.MEDIUM, within=within if news != "updated" else None)

    # --- requests

    async def missed(self, call: Call) -> HttpResponse:
        """``missedItems``. Raises ``UcwaError`` and ``Failure``."""
        call.only("GET")
        self._needed()
        counts = await self._logs.counts(call.person)
        values = {
            "conversationLogsCount": counts.kept + counts.missed,
            "conversationLogsNotifications": "Enabled",
            "missedConversationsCount": counts.missed,
            "unreadMissedConversationsCount": counts.unread,
            "unreadVoicemailsCount": 0,
            "voiceMailsCount": 0,
        }
        return show(resource(MISSED, {"self": self._place.link("communication", MISSED)}, values))

    async def serve(self, call: Call, rest: list[str]) -> HttpResponse:
        """Answer a request below ``conversationLogs``. Raises ``UcwaError`` and ``Failure``."""
        self._needed()
        match [*rest[:1], *(word.lower() for word in rest[1:])]:
            case []:
                call.only("GET")
                return await self._all(call)
            case [key, "markasread"]:
                call.only("POST")
                await self._logs.mark_read(call.person, _read_key(key))
                return HttpResponse(204)
            case [key] if call.method == "DELETE":
                await self._logs.remove(call.person, _read_key(key))
                return HttpResponse(204)
            case [key, "continuemessaging"]:
                call.only("POST")
                return await self._continue(call, key)
            case [key, *words]:
                call.only(*(("DELETE", "GET") if not words else ("GET",)))
                log = await self._logs.log(call.person, _read_key(key))
                found = self._part(call, log, words)
                if found is not None:
                    return show(found)
        raise UcwaError("NotFound", "There is nothing at this address")

    def _needed(self) -> None:
        if not self.offered:
            raise UcwaError("NotFound", "Past conversations cannot be read now: the mailbox does not answer")

    async def _all(self, call: Call) -> HttpResponse:
        asked = inputs.parameters(call.request.query)
        limit = inputs.number("limit", asked.get("limit", USUAL), 1, MOST)
        hrefs = [self._where(one) for one in await self._logs.newest(call.person, limit)]
        own = resource(LOGS, {"self": self._place.link("communication", LOGS)})
        return show(linking(own, "conversationLog", hrefs))

    async def _continue(self, call: Call, key: str) -> HttpResponse:
        log = await self._logs.log(call.person, _read_key(key))
        others = self._others(log)
        if len(others) != 1 or "@" not in others[0].address:
            raise UcwaError("Conflict", "There is not one other side to go on with")
        return self._begin(call, others[0].address, log.subject, log.thread)

    def _part(self, call: Call, log: ConversationLog, words: list[str]) -> Resource | None:
        """One conversation, or what is below it; None where there is nothing."""
        match words:
            case []:
                return self._log(log)
            case ["recipients", address]:
                return next((self._recipient(log, one) for one in self._others(log) if one.address == address), None)
            case [word] if word == TRANSCRIPTS.lower():
                return self._page(log, TRANSCRIPTS, 0)
            case [word] if word == NEXT.lower():
                asked = inputs.parameters(call.request.query)
                return self._page(log, NEXT, inputs.number("skip", asked.get("skip"), 0, 10**6))
            case [word, number, *more] if word == TRANSCRIPTS.lower() and number.isascii() and number.isdigit():
                if len(number) > 6 or int(number) >= len(log.texts) or more not in ([], ["messagetranscript"]):
                    return None
                text = log.texts[int(number)]
                return self._message(log, int(number), text) if more else self._transcript(log, int(number), text)
        return None

    # --- resources

    def _where(self, identifier: str, *words: str) -> str:
        return self._place.link("communication", LOGS, _write_key(identifier), *words)

    def _others(self, log: ConversationLog) -> list[Party]:
        own = self._place.address
        known = {one.address: one for one in (log.sender, *log.receivers) if one.address not in ("", own)}
        return list(known.values())

    def _log(self, log: ConversationLog) -> Resource:
        links = {"self": self._where(log.id), TRANSCRIPTS: self._where(log.id, TRANSCRIPTS)}
        others = self._others(log)
        if not log.is_read:
            links["markAsRead"] = self._where(log.id, "markAsRead")
        if len(others) == 1 and "@" in others[0].address and self._may_begin():
            links["continueMessaging"] = self._where(log.id, "continueMessaging")
        values = {
            "creationTime": write_date(log.created),
            "direction": "Outgoing" if log.sender.address == self._place.address else "Incoming",
            "importance": log.importance,
            "modalities": ["Messaging"],
            "previewMessage": _preview(log),
            "status": "Missed" if log.missed else "Archived",
            "subject": log.subject,
            "threadId": log.thread or _write_key(log.id),
            "totalRecipientsCount": len(others),
            "type": "ConferenceLog" if len(others) > 1 else "MessageLog",
        }
        recipients = [self._recipient(log, one) for one in others]
        return embedding(resource("conversationLog", links, values), {"conversationLogRecipient": recipients})

    def _recipient(self, log: ConversationLog, one: Party) -> Resource:
        place = self._place
        links = {"self": self._where(log.id, "recipients", one.address)}
        person = place.verbs.directory.by_sip(one.address)
        if person is not None:
            links["contact"] = place.link("people", one.address)
            links["contactPresence"] = place.link("people", one.address, "presence")
            if place.verbs.book.photo(person):
                links["contactPhoto"] = place.link("photos", person.sip)
        values = {"displayName": one.name, "sipUri": f"sip:{one.address}"}
        return resource("conversationLogRecipient", links, values)

    def _page(self, log: ConversationLog, rel: str, skip: int) -> Resource:
        here = self._where(log.id, rel)
        links = {"self": f"{here}?skip={skip}" if skip else here}
        if len(log.texts) > skip + PAGE:
            links[NEXT] = f"{self._where(log.id, NEXT)}?skip={skip + PAGE}"
        shown = list(enumerate(log.texts))[skip : skip + PAGE]
        transcripts = [self._transcript(log, number, text) for number, text in shown]
        return embedding(resource(rel, links), {"conversationLogTranscript": transcripts})

    def _transcript(self, log: ConversationLog, number: int, text: Text) -> Resource:
        place, sender = self._place, text.sender.address
        links = {"self": self._where(log.id, TRANSCRIPTS, str(number))}
        if sender == place.address:
            links["me"] = place.link("me")
        elif "@" in sender:
            links["contact"] = place.link("people", sender)
        found = resource("conversationLogTranscript", links, {"timeStamp": write_date(text.sent)})
        return embedding(found, {"messageTranscript": self._message(log, number, text)})

    def _message(self, log: ConversationLog, number: int, text: Text) -> Resource:
        found = resource(
            "messageTranscript", {"self": self._where(log.id, TRANSCRIPTS, str(number), "messageTranscript")}
        )
        found["_links"] |= text_link(HTML if text.html else PLAIN, text.content)
        return found


def _preview(log: ConversationLog) -> str:
    """The beginning of what was said, without formatting."""
    said = ""
    for text in log.texts:
        words = text.content
        if text.html:
            words = html.unescape(_TAG.sub(" ", harmless(words[: 64 * PREVIEW])))
        said = f"{said} {' '.join(words.split())}".strip()
        if len(said) >= PREVIEW:
            return said[: PREVIEW - 1] + "…"
    return said


def _write_key(identifier: str) -> str:
    """An identifier as a word of an address."""
    return base64.urlsafe_b64encode(identifier.encode()).decode().rstrip("=")


def _read_key(key: str) -> str:
    """Raises ``UcwaError``."""
    try:
        found = base64.b64decode(key + "=" * (-len(key) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        found = ""
    if not found.isprintable() or not 0 < len(found) <= _LONGEST_IDENTIFIER:
        raise UcwaError("NotFound", "There is no such past conversation")
    return found
