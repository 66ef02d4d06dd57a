"""What clients do: requests that make sense for what a client knows, which may be old."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Sequence

from tests.scenarios.stress.model import Known, Mailbox

Action = tuple[str, str, int]
"""What it is, the request, how many operations it is."""
_SENT = 'MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone"'
_DISPOSALS = ("HardDelete", "SoftDelete", "MoveToDeletedItems")
_KINDS = {
    "CalendarFolder": ("CalendarItem",),
    "ContactsFolder": ("Contact", "DistributionList"),
    "TasksFolder": ("Task",),
    "Folder": ("Message", "Message", "Message", "PostItem"),
}


class Chooser:
    """Chooses with dice, by what ``mailbox`` says there is."""

    def __init__(self, dice: random.Random, mailbox: Mailbox, name: str) -> None:
        self._dice = dice
        self._mailbox = mailbox
        self._name = name
        self._number = 0

    def action(self) -> Action:
        """The next thing to do."""
        choices: list[tuple[int, Callable[[], Action | None]]] = [
            (30, self._create),
            (20, self._update),
            (14, self._read),
            (10, self._delete),
            (9, self._move),
            (6, self._copy),
            (4, self._attach),
            (3, self._deliver),
            (2, self._occurrence),
            (2, self._new_folder),
            (1, self._folder),
            (1, self._mark_all),
        ]
        while True:
            chosen = self._dice.choices([one for _, one in choices], [weight for weight, _ in choices])[0]()
            if chosen is not None:
                return chosen

    def _word(self) -> str:
        self._number += 1
        return f"{self._name} {self._number}"

    def _own_folders(self, *kinds: str) -> list[str]:
        return [
            folder
            for folder, known in self._mailbox.folders.items()
            if known.kind in (kinds or _KINDS) and known.name not in _LEFT_ALONE
        ]

    def _some(self, most: int = 8, *kinds: str) -> tuple[str, list[tuple[str, Known]]]:
        """Some items of one folder."""
        by_folder = {
            folder: [one for one in self._mailbox.items.get(folder, {}).items() if not kinds or one[1].kind in kinds]
            for folder in self._own_folders()
        }
        folders = [folder for folder, items in by_folder.items() if items]
        if not folders:
            return "", []
        folder = self._dice.choice(folders)
        items = by_folder[folder]
        return folder, self._dice.sample(items, min(len(items), self._dice.randint(1, most)))

    def _create(self) -> Action | None:
        folder = self._dice.choice(self._own_folders())
        kinds = _KINDS[self._mailbox.folders[folder].kind]
        count = self._dice.randint(1, 8)
        items = "".join(self._item(self._dice.choice(kinds)) for _ in range(count))
        place = f'<t:FolderId Id="{folder}"/>'
        body = f"<m:SavedItemFolderId>{place}</m:SavedItemFolderId><m:Items>{items}</m:Items>"
        return "create", f"<m:CreateItem {_SENT}>{body}</m:CreateItem>", count

    def _item(self, kind: str) -> str:
        subject = f"<t:Subject>{self._word()}</t:Subject>"
        text = f'<t:Body BodyType="Text">{"x" * self._dice.choice((0, 10, 40_000))}</t:Body>'
        if kind == "CalendarItem":
            return f"<t:CalendarItem>{subject}{text}{self._times()}</t:CalendarItem>"
        if kind == "Contact":
            return f"<t:Contact>{subject}{text}<t:GivenName>{self._word()}</t:GivenName></t:Contact>"
        if kind == "DistributionList":
            return f"<t:DistributionList>{subject}</t:DistributionList>"
        return f"<t:{kind}>{subject}{text}</t:{kind}>"

    def _times(self) -> str:
        day = self._dice.randint(1, 28)
        times = f"<t:Start>2026-04-{day:02}T09:00:00Z</t:Start><t:End>2026-04-{day:02}T10:00:00Z</t:End>"
        if self._dice.random() < 0.6:
            return times
        return (
            f"{times}<t:Recurrence><t:DailyRecurrence><t:Interval>2</t:Interval></t:DailyRecurrence>"
            f"<t:NumberedRecurrence><t:StartDate>2026-04-{day:02}</t:StartDate><t:NumberOfOccurrences>5"
            "</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>"
        )

    def _update(self) -> Action | None:
        _, items = self._some()
        changes = "".join(_change(one, known, "item:Subject", "Subject", self._word()) for one, known in items)
        conflict = self._dice.choice(("AlwaysOverwrite", "AutoResolve", "NeverOverwrite"))
        return ("update", _update_item(changes, conflict), len(items)) if items else None

    def _read(self) -> Action | None:
        _, items = self._some(8, "Message", "PostItem")
        changes = "".join(
            _change(one, known, "message:IsRead", "IsRead", self._dice.choice(("true", "false")))
            for one, known in items
        )
        return ("read flag", _update_item(changes, "AutoResolve"), len(items)) if items else None

    def _delete(self) -> Action | None:
        _, items = self._some()
        how = self._dice.choice(_DISPOSALS)
        sent = 'SendMeetingCancellations="SendToNone" AffectedTaskOccurrences="AllOccurrences"'
        if not items:
            return None
        return f"delete {how}", f'<m:DeleteItem DeleteType="{how}" {sent}>{_ids(items)}</m:DeleteItem>', len(items)

    def _put(self, operation: str) -> Action | None:
        folder, items = self._some()
        if not items:
            return None
        targets = self._own_folders(self._mailbox.folders[folder].kind)
        target = f'<m:ToFolderId><t:FolderId Id="{self._dice.choice(targets)}"/></m:ToFolderId>'
        return operation, f"<m:{operation}>{target}{_ids(items)}</m:{operation}>", len(items)

    def _move(self) -> Action | None:
        return self._put("MoveItem")

    def _copy(self) -> Action | None:
        return self._put("CopyItem")

    def _attach(self) -> Action | None:
        _, items = self._some(1)
        if not items:
            return None
        content = base64.b64encode(self._dice.randbytes(self._dice.choice((3, 30_000)))).decode()
        file = f"<t:FileAttachment><t:Name>{self._word()}</t:Name><t:Content>{content}</t:Content></t:FileAttachment>"
        parent = f'<m:ParentItemId Id="{items[0][0]}"/>'
        return "attach", f"<m:CreateAttachment>{parent}<m:Attachments>{file}</m:Attachments></m:CreateAttachment>", 1

    def _deliver(self) -> Action | None:
        mailbox = "<t:Mailbox><t:EmailAddress>alice@contoso.test</t:EmailAddress></t:Mailbox>"
        to = f"<t:ToRecipients>{mailbox}</t:ToRecipients>"
        item = f"<t:Message><t:Subject>{self._word()}</t:Subject>{to}</t:Message>"
        return "deliver", f'<m:CreateItem MessageDisposition="SendOnly"><m:Items>{item}</m:Items></m:CreateItem>', 1

    def _occurrence(self) -> Action | None:
        _, items = self._some(1, "CalendarItem")
        if not items:
            return None
        place = f'<t:OccurrenceItemId RecurringMasterId="{items[0][0]}" InstanceIndex="{self._dice.randint(1, 5)}"/>'
        if self._dice.random() < 0.5:
            sent = 'DeleteType="HardDelete" SendMeetingCancellations="SendToNone"'
            return "occurrence", f"<m:DeleteItem {sent}><m:ItemIds>{place}</m:ItemIds></m:DeleteItem>", 1
        subject = f"<t:CalendarItem><t:Subject>{self._word()}</t:Subject></t:CalendarItem>"
        update = f'<t:SetItemField><t:FieldURI FieldURI="item:Subject"/>{subject}</t:SetItemField>'
        change = f"<t:ItemChange>{place}<t:Updates>{update}</t:Updates></t:ItemChange>"
        return "occurrence", _update_item(change, "AlwaysOverwrite"), 1

    def _new_folder(self) -> Action | None:
        parent = self._dice.choice(self._own_folders("Folder"))
        new = f"<t:Folder><t:DisplayName>{self._word()}</t:DisplayName></t:Folder>"
        place = f'<m:ParentFolderId><t:FolderId Id="{parent}"/></m:ParentFolderId>'
        return "new folder", f"<m:CreateFolder>{place}<m:Folders>{new}</m:Folders></m:CreateFolder>", 1

    def _folder(self) -> Action | None:
        mine = [one for one in self._own_folders("Folder") if self._mailbox.folders[one].name.startswith("client")]
        if not mine:
            return None
        folder, other = f'<t:FolderId Id="{self._dice.choice(mine)}"/>', self._dice.choice(self._own_folders("Folder"))
        ids = f"<m:FolderIds>{folder}</m:FolderIds>"
        to = f'<m:ToFolderId><t:FolderId Id="{other}"/></m:ToFolderId>'
        name = f"<t:Folder><t:DisplayName>{self._word()}</t:DisplayName></t:Folder>"
        renamed = f'<t:SetFolderField><t:FieldURI FieldURI="folder:DisplayName"/>{name}</t:SetFolderField>'
        change = f"<t:FolderChange>{folder}<t:Updates>{renamed}</t:Updates></t:FolderChange>"
        empty = f'DeleteType="{self._dice.choice(_DISPOSALS)}" DeleteSubFolders="true"'
        requests = (
            ("rename folder", f"<m:UpdateFolder><m:FolderChanges>{change}</m:FolderChanges></m:UpdateFolder>"),
            ("move folder", f"<m:MoveFolder>{to}{ids}</m:MoveFolder>"),
            ("copy folder", f"<m:CopyFolder>{to}{ids}</m:CopyFolder>"),
            ("empty folder", f"<m:EmptyFolder {empty}>{ids}</m:EmptyFolder>"),
            *[("delete folder", f'<m:DeleteFolder DeleteType="{how}">{ids}</m:DeleteFolder>') for how in _DISPOSALS],
        )
        return (*self._dice.choice(requests), 1)

    def _mark_all(self) -> Action | None:
        folder = f'<t:FolderId Id="{self._dice.choice(self._own_folders("Folder"))}"/>'
        wish = f"<m:ReadFlag>{self._dice.choice(('true', 'false'))}</m:ReadFlag>"
        rest = f"<m:SuppressReadReceipts>true</m:SuppressReadReceipts><m:FolderIds>{folder}</m:FolderIds>"
        return "mark all", f"<m:MarkAllItemsAsRead>{wish}{rest}</m:MarkAllItemsAsRead>", 1


_LEFT_ALONE = frozenset({"Outbox", "Sync Issues", "Conflicts", "Local Failures", "Server Failures"})


def _change(item: str, known: Known, uri: str, element: str, value: str) -> str:
    field = f'<t:FieldURI FieldURI="{uri}"/><t:{known.kind}><t:{element}>{value}</t:{element}></t:{known.kind}>'
    update = f"<t:Updates><t:SetItemField>{field}</t:SetItemField></t:Updates>"
    return f'<t:ItemChange><t:ItemId Id="{item}" ChangeKey="{known.change_key}"/>{update}</t:ItemChange>'


def _update_item(changes: str, conflict: str) -> str:
    sent = 'MessageDisposition="SaveOnly" SendMeetingInvitationsOrCancellations="SendToNone"'
    return (
        f'<m:UpdateItem ConflictResolution="{conflict}" {sent}><m:ItemChanges>{changes}</m:ItemChanges></m:UpdateItem>'
    )


def _ids(items: Sequence[tuple[str, Known]]) -> str:
    return f"<m:ItemIds>{''.join(f'<t:ItemId Id={chr(34)}{one}{chr(34)}/>' for one, _ in items)}</m:ItemIds>"
