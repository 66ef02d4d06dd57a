"""A mailbox written to files and read from them into an empty one: nothing is missing, nothing is twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from samband.exchange.actions.imports import Arrival
from samband.exchange.exports.contents import Contents, Whole
from samband.exchange.exports.files import FORMS
from samband.exchange.exports.run import write_files
from samband.exchange.imports import calendar_files, contact_files, mail_files
from samband.exchange.imports.run import Importer
from samband.exchange.imports.source import Source
from samband.exchange.mail_marks import Marks, marked
from samband.exchange.messages import draft_of_mime
from samband.model.caller import Caller
from samband.model.folders import FolderKind, NamedFolder, NewFolder, Place
from samband.model.item_requests import Draft, DraftAttachment
from samband.model.item_values import (
    Attendee,
    Body,
    BodyKind,
    CompleteName,
    EmailAddress,
    FreeBusy,
    ListMember,
    PhysicalAddress,
    ResponseType,
    Sensitivity,
)
from samband.model.items import (
    Attachment,
    CalendarProperties,
    ContactProperties,
    DistributionListProperties,
    ItemKind,
    ItemProperties,
)
from samband.model.recurrence import DeletedOccurrence, NoEnd, Recurrence, Weekly
from samband.model.timezones import ZoneDefinition
from tests.exchange.world import ALICE, BOB, World, run
from tests.scenarios.rich_mailbox import MIME, PICTURE

STOCKHOLM = ZoneDefinition(id="W. Europe Standard Time")
GRETA = EmailAddress("Greta Garbo", "greta@fabrikam.test")
_SOURCES: dict[str, Callable[[Path, str, Any], Source]] = {
    "maildir": mail_files.maildir_source,
    "mbox": mail_files.mbox_source,
    "ics": calendar_files.source,
    "vcf": contact_files.source,
}
_OTHERWISE = frozenset({"date_time_created", "last_modified_time", "last_modified_name", "date_time_stamp", "preview"})
"""What files do not hold."""


def _at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]


def _letters() -> list[Draft]:
    plain = (
        b'From: "Berg, Anna" <anna@fabrikam.test>\r\nTo: alice@contoso.test\r\nSubject: From where\r\n'
        b"Date: Tue, 03 Mar 2026 10:00:00 +0000\r\nMessage-ID: <two@fabrikam.test>\r\nX-Spam: no\r\n\r\n"
        b"From here\r\n>From there\r\nend\r\n"
    )
    return [
        marked(draft_of_mime(MIME), Marks(True, True, False, True, False, False, ("Blå", "Two"), _at(2026, 3, 2, 8))),
        marked(draft_of_mime(plain), Marks(received=_at(2026, 3, 3, 10, 0, 1))),
        marked(draft_of_mime(plain), Marks(draft=True, received=_at(2026, 3, 3, 10, 0, 1))),
    ]


def _entries() -> list[tuple[Draft, dict[datetime, CalendarProperties]]]:
    weekly = CalendarProperties(
        subject="weekly; really, ÅÄÖ",
        body=Body(BodyKind.TEXT, "one\r\ntwo"),
        uid="series-1",
        start=_at(2026, 3, 2, 8),
        end=_at(2026, 3, 2, 9),
        start_time_zone=STOCKHOLM,
        end_time_zone=STOCKHOLM,
        is_response_requested=True,
        reminder_is_set=True,
        reminder_minutes_before_start=30,
        recurrence=Recurrence(pattern=Weekly(days=2), range=NoEnd(start=_at(2026, 3, 2).date())),
        deleted_occurrences=(DeletedOccurrence(4, _at(2026, 3, 23, 8)),),
    )
    moved = msgspec.structs.replace(
        weekly,
        subject="moved",
        recurrence=None,
        deleted_occurrences=(),
        start=_at(2026, 3, 10, 12),
        end=_at(2026, 3, 10, 13),
    )
    asked = CalendarProperties(
        subject="Greta asks",
        uid="asked-1",
        organizer=GRETA,
        required_attendees=tuple(
            Attendee(EmailAddress(name, f"{name}@contoso.test"), ResponseType.TENTATIVE) for name in ("alice", "bob")
        ),
        is_response_requested=True,
        reminder_minutes_before_start=15,
        start=_at(2026, 5, 1, 22),
        end=_at(2026, 5, 2, 22),
        is_all_day_event=True,
        legacy_free_busy_status=FreeBusy.OOF,
        location="Åre",
        categories=("Blue, dark",),
        start_time_zone=STOCKHOLM,
        end_time_zone=STOCKHOLM,
        sensitivity=Sensitivity.PRIVATE,
    )
    return [
        (_draft(ItemKind.CALENDAR_ITEM, weekly), {_at(2026, 3, 9, 8): moved}),
        (_draft(ItemKind.CALENDAR_ITEM, asked), {}),
    ]


def _cards() -> list[Draft]:
    contact = ContactProperties(
        subject="Greta Garbo",
        display_name="Greta Garbo",
        file_as="Garbo, Greta",
        given_name="Greta",
        middle_name="Lovisa",
        surname="Garbo; née Gustafsson",
        initials="GG",
        nickname="The Face",
        complete_name=CompleteName(title="Ms", suffix="I"),
        company_name="MGM; Studios",
        department="Film, silent",
        job_title="Actress",
        email_addresses={"EmailAddress1": GRETA, "EmailAddress3": EmailAddress("", "g@x.test")},
        physical_addresses={"Home": PhysicalAddress("Blekingegatan 32", "Stockholm", "", "Sverige", "118 56")},
        phone_numbers={"BusinessPhone2": "+46 8 1", "Telex": "22", "MobilePhone": "+46 70 1"},
        im_addresses={"ImAddress1": "sip:greta@fabrikam.test"},
        birthday=_at(1905, 9, 18),
        wedding_anniversary=_at(1941, 1, 2, 11, 59),
        children=("a, b", "c"),
        companies=("MGM",),
        office_location="12; left",
        mileage="7",
        spouse_name="nobody",
        body=Body(BodyKind.TEXT, "one\r\ntwo \\ three"),
        categories=("Film",),
        sensitivity=Sensitivity.PRIVATE,
    )
    photo = DraftAttachment(
        Attachment(id=0, name="ContactPicture.jpg", content_type="image/png", is_contact_photo=True), PICTURE
    )
    group = DistributionListProperties(
        subject="Film people", display_name="Film people", file_as="Film people", members=(ListMember(GRETA, "k1"),)
    )
    return [_draft(ItemKind.CONTACT, contact, photo), _draft(ItemKind.DISTRIBUTION_LIST, group)]


def _draft(kind: ItemKind, properties: ItemProperties, *files: DraftAttachment) -> Draft:
    given = frozenset(name for name in properties.__struct_fields__)
    return Draft(kind=kind, properties=properties, attachments=files, given=given)


async def _fill(world: World) -> None:
    exchange, caller = world.exchange, Caller(ALICE, "basic")
    inbox = await exchange.folders.resolve(caller, NamedFolder("inbox"))
    odd = await exchange.folder_changes.create(
        caller, NamedFolder("inbox"), [NewFolder(FolderKind.FOLDER, "..Å/B: 100%.mbox")]
    )
    places = [inbox, Place(inbox.mailbox, odd[0].id), inbox]  # type: ignore[union-attr]
    for number, (place, draft) in enumerate(zip(places, _letters(), strict=True)):
        await exchange.imports.put(place, "test", Arrival(key=f"m{number}", draft=draft))
    calendar = await exchange.folders.resolve(caller, NamedFolder("calendar"))
    for number, (draft, exceptions) in enumerate(_entries()):
        await exchange.imports.put(calendar, "test", Arrival(key=f"c{number}", draft=draft, exceptions=exceptions))
    contacts = await exchange.folders.resolve(caller, NamedFolder("contacts"))
    for number, draft in enumerate(_cards()):
        await exchange.imports.put(contacts, "test", Arrival(key=f"v{number}", draft=draft))


async def _seen(contents: Contents) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for names, folder in await contents.folders():
        items = [_plain(await contents.whole(item)) async for item in contents.items(folder)]
        if items:
            found["/".join(names)] = sorted(items, key=lambda one: (one["subject"], one["kind"], str(one)))
    return found


def _plain(whole: Whole) -> dict[str, Any]:
    values = _values(whole.item.properties)
    values["kind"], values["class"] = whole.item.kind, whole.item.item_class
    values["files"] = [(head.name, head.is_contact_photo, content) for head, content in whole.files]
    values["mime"] = whole.mime
    values["exceptions"] = {ordinal: _values(one) for ordinal, one in whole.exceptions.items()}
    return values


def _values(properties: ItemProperties) -> dict[str, Any]:
    values = msgspec.structs.asdict(properties)
    return {name: value for name, value in values.items() if name not in _OTHERWISE}


@pytest.mark.parametrize("forms", [("maildir", "ics", "vcf"), ("mbox",)])
def test_what_is_written_reads_as_it_was(forms: tuple[str, ...], tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await _fill(world)
        alice, bob = (Contents(world.exchange, Caller(one, "basic")) for one in (ALICE, BOB))
        importer = Importer(world.exchange, bob.caller, lambda *_: None)
        for form in forms:
            for _ in range(2):
                await write_files(alice, FORMS[form], tmp_path / form, lambda *_: None)
                await importer.bring(_SOURCES[form](tmp_path / form, "", ZoneInfo("Europe/Stockholm")))
        assert importer.summary.left == []
        theirs, ours = await _seen(alice), await _seen(bob)
        if forms == ("mbox",):
            theirs = {name: items for name, items in theirs.items() if name.startswith("Inbox")}
        assert ours.keys() == theirs.keys()
        for name, items in theirs.items():
            assert len(ours[name]) == len(items), name
            for mine, other in zip(ours[name], items, strict=True):
                assert _as_of_alice(mine) == other

    run(story, tmp_path)


def _as_of_alice(values: dict[str, Any]) -> dict[str, Any]:
    """The organizer of one's own entries is whose calendar they are in."""
    own = EmailAddress(ALICE.displayName, ALICE.primary_smtp, "SMTP", "Mailbox")
    for one in (values, *values["exceptions"].values()):
        if one.get("is_organizer"):
            one["organizer"] = own
    return values


@pytest.mark.parametrize(
    ("form", "good", "kind"),
    [
        ("mbox", b"\nFrom a@b Thu Jan  1 00:00:00 2026\n\n", "mbox"),
        ("ics", b"\xef\xbb\xbfbegin:vcalendar\r\n", "iCalendar file"),
        ("vcf", b"BEGIN:VCARD\r\n", "vCard file"),
    ],
)
def test_a_file_of_another_kind_is_refused(form: str, good: bytes, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file"

    async def folders() -> int:
        return len([one async for one in _SOURCES[form](path, "", UTC).folders()])

    for content in (good, b""):
        path.write_bytes(content)
        assert asyncio.run(folders()) == 1
    path.write_bytes(b"root:x:0:0\n")
    with pytest.raises(OSError, match=f"is no {kind}") as refusal:
        asyncio.run(folders())
    assert refusal.value.filename == str(path)
