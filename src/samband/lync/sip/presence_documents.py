"""Between the model of presence and its documents: what clients publish, what watchers and owners read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from samband.lync.actions.audience import Document, OwnUpdate
from samband.lync.sip.notifier import Content
from samband.model.containers import Container, Member, MemberKind
from samband.model.plain_presence import PlainPresence, plain_of
from samband.model.presence import (
    Activity,
    Card,
    CardPhoto,
    Draft,
    ExpireType,
    FreeBusy,
    Instance,
    Note,
    NoteKind,
    State,
    StateKind,
    Subscriber,
    Value,
    WorkingHours,
)
from samband.wire.presence.calendar_data import FreeBusyDocument, write_free_busy, write_working_hours
from samband.wire.presence.categories import CategoryDocument, write_categories
from samband.wire.presence.contact_card import CardDocument, write_card, write_photo_card
from samband.wire.presence.containers import ContainerDocument, MemberDocument
from samband.wire.presence.names import CATEGORIES_TYPE, PIDF_TYPE, ROAMING_SELF_TYPE
from samband.wire.presence.note import NoteDocument, read_note, write_note
from samband.wire.presence.pidf import PidfDocument, write_pidf
from samband.wire.presence.publish import PublicationDocument
from samband.wire.presence.roaming_self import RoamingData, write_roaming_data
from samband.wire.presence.state import ActivityDocument, StateDocument, read_state, write_state
from samband.wire.presence.subscribers import SubscriberDocument

_STATE_FIELDS = tuple(name for name in State.__struct_fields__ if name not in ("kind", "activity"))
"""Fields that a state and its document have under the same name."""


# --- what clients publish


def draft_of(publication: PublicationDocument) -> Draft:
    """What a client asks for. Raises ``SchemaViolation`` where a state cannot be read."""
    return Draft(
        category=publication.category,
        instance=publication.instance,
        container=publication.container,
        version=publication.version,
        expire_type=ExpireType(publication.expire_type),
        lifetime=publication.expires,
        content=publication.content,
        value=_value_of(publication),
    )


def _value_of(publication: PublicationDocument) -> Value | None:
    element = publication.element
    if element is None:
        return None
    if publication.category == "state":
        return state_of(read_state(element))
    if publication.category == "note":
        note = read_note(element)
        return Note(text=note.text, kind=NoteKind(note.kind), start=note.start, end=note.end)
    return None


def state_of(document: StateDocument) -> State:
    """A state as the model has it."""
    found = document.activity
    activity = None
    if found is not None:
        activity = Activity(token=found.token, texts=found.texts, lowest=found.lowest, highest=found.highest)
    fields = {name: getattr(document, name) for name in _STATE_FIELDS}
    return State(kind=StateKind(document.kind), activity=activity, **fields)


def document_of(state: State) -> StateDocument:
    """A state as its document has it."""
    found = state.activity
    activity = None
    if found is not None:
        activity = ActivityDocument(token=found.token, texts=found.texts, lowest=found.lowest, highest=found.highest)
    fields = {name: getattr(state, name) for name in _STATE_FIELDS}
    return StateDocument(kind=state.kind.value, activity=activity, **fields)


# --- what watchers read


def categories_of(document: Document, *, is_list: bool = False) -> Content:
    """The categories of ``document`` that changed, written once for all who read it; in a list, or alone."""
    key = "categories in a list" if is_list else "categories"
    found: Content | None = document.rendered.get(key)
    if found is None:
        text = write_categories(f"sip:{document.owner}", _changed(document))
        found = document.rendered[key] = Content(CATEGORIES_TYPE, text.encode("utf-8", "replace"), is_list)
    return found


def _changed(document: Document) -> Iterator[CategoryDocument]:
    for name in sorted(document.changed):
        instances = [instance for instance in document.instances if instance.category == name]
        yield from _written(name, instances)


def _written(name: str, instances: Iterable[Instance]) -> Iterator[CategoryDocument]:
    """The instances of a category, or the category alone where there are none."""
    empty = True
    for instance in instances:
        empty = False
        yield CategoryDocument(
            name=name,
            instance=instance.instance,
            container=instance.container,
            version=instance.version,
            published=instance.published,
            content=instance.content or _written_value(instance.value),
        )
    if empty:
        yield CategoryDocument(name=name)


def _written_value(value: Value | None) -> str:
    if value is None:
        return ""
    if isinstance(value, State):
        return write_state(document_of(value))
    if isinstance(value, Note):
        return write_note(NoteDocument(text=value.text, kind=value.kind.value, start=value.start, end=value.end))
    if isinstance(value, FreeBusy):
        return write_free_busy(
            FreeBusyDocument(mailbox=value.mailbox, start=value.start, interval=value.interval, slots=value.slots)
        )
    if isinstance(value, WorkingHours):
        return write_working_hours(value.mailbox, value.document)
    if isinstance(value, CardPhoto):
        return write_photo_card(value.url, value.smtp, value.tag)
    return _written_card(value)


def _written_card(card: Card) -> str:
    return write_card(
        CardDocument(
            display_name=card.display_name,
            email=card.email,
            company=card.company,
            title=card.title,
            office=card.office,
            phone=card.phone,
            mobile=card.mobile,
        )
    )


def pidf_of(document: Document) -> Content:
    """All of ``document`` as a plain client knows it, written once for all who read it."""
    found: Content | None = document.rendered.get("pidf")
    if found is None:
        plain = plain_of(instance.value for instance in document.instances)
        changed = max((instance.published for instance in document.instances), default=None)
        body = write_pidf(_pidf(document.owner, plain, changed))
        found = document.rendered["pidf"] = Content(PIDF_TYPE, body)
    return found


def _pidf(owner: str, plain: PlainPresence, changed: datetime | None) -> PidfDocument:
    return PidfDocument(
        entity=f"sip:{owner}",
        open=plain.open,
        activities=plain.activities,
        other=plain.other,
        idle=plain.idle,
        note=plain.note,
        changed=changed,
    )


def plain_presence_of(document: PidfDocument) -> PlainPresence:
    """What a plain client published."""
    return PlainPresence(
        open=document.open,
        activities=document.activities,
        other=document.other,
        idle=document.idle,
        note=document.note,
    )


# --- what owners read


def own_of(update: OwnUpdate, now: datetime) -> Content:
    """The roaming-self document of ``update``, written once for all endpoints."""
    found: Content | None = update.rendered.get("own")
    if found is None:
        data = RoamingData(
            uri=f"sip:{update.owner}",
            categories=None if update.categories is None else tuple(_own_categories(update, now)),
            containers=None if update.containers is None else tuple(map(_container, update.containers)),
            subscribers=None if update.subscribers is None else tuple(map(_subscriber, update.subscribers)),
        )
        body = write_roaming_data(data).encode("utf-8", "replace")
        found = update.rendered["own"] = Content(ROAMING_SELF_TYPE, body)
    return found


def _own_categories(update: OwnUpdate, now: datetime) -> Iterator[CategoryDocument]:
    for name, instances in (update.categories or {}).items():
        if not instances:
            yield CategoryDocument(name=name)
        for instance in instances:
            left = None if instance.expires is None else max(int((instance.expires - now).total_seconds()), 0)
            yield CategoryDocument(
                name=name,
                instance=instance.instance,
                container=instance.container,
                version=instance.version,
                published=instance.published,
                expire_type=instance.expire_type.value,
                expires=left,
                content=instance.content or _written_value(instance.value),
            )


def _container(container: Container) -> ContainerDocument:
    members = tuple(MemberDocument(member.kind.value, member.value) for member in sorted(container.members))
    return ContainerDocument(container.number, container.version, members)


def _subscriber(subscriber: Subscriber) -> SubscriberDocument:
    return SubscriberDocument(subscriber.address, subscriber.display_name, subscriber.acknowledged, subscriber.source)


def member_of(document: MemberDocument) -> Member:
    """A member of a container as the model has it."""
    return Member(MemberKind(document.type), document.value)
