"""Every operation against somebody else's mailbox: what each asks for there, and which cannot name another's at all.

An operation that stands in neither table fails ``test_every_operation_is_classified``. To classify a new one, add to
``FOREIGN`` requests in which a stranger names the mailbox in every way the request has (``%(name)s`` stands for what
``tests/exchange/ews/test_foreign_mailboxes.py`` fills in); or to ``OWN``, where its request names no mailbox, the
reason.
"""

from __future__ import annotations

from samband.exchange.ews import absent_features

_SHAPE = "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
_FOLDER_SHAPE = "<m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
_ITEMS = "<m:ItemIds>%(item)s</m:ItemIds>"
_MESSAGE = (
    "<t:Message><t:Subject>x</t:Subject><t:ToRecipients><t:Mailbox><t:EmailAddress>bob@contoso.test</t:EmailAddress>"
    "</t:Mailbox></t:ToRecipients></t:Message>"
)
_EVENT = (
    "<t:CalendarItem><t:Subject>x</t:Subject><t:Start>2026-12-01T10:00:00Z</t:Start><t:End>2026-12-01T11:00:00Z</t:End>"
    "</t:CalendarItem>"
)
_RENAMED = (
    '<t:SetFolderField><t:FieldURI FieldURI="folder:DisplayName"/><t:Folder><t:DisplayName>x</t:DisplayName>'
    "</t:Folder></t:SetFolderField>"
)
_SUBJECT = (
    '<t:SetItemField><t:FieldURI FieldURI="item:Subject"/><t:%(kind)s><t:Subject>x</t:Subject></t:%(kind)s>'
    "</t:SetItemField>"
)
_NAME = '<%(p)s:UserConfigurationName Name="Config">%(folder)s</%(p)s:UserConfigurationName>'


def _create(inner: str, folder: str = "%(folder)s", attributes: str = 'MessageDisposition="SaveOnly"') -> str:
    return (
        f"<m:CreateItem {attributes}><m:SavedItemFolderId>{folder}</m:SavedItemFolderId>"
        f"<m:Items>{inner}</m:Items></m:CreateItem>"
    )


def _respond(kind: str, reference: str) -> str:
    inner = f"<t:{kind}><t:ReferenceItemId %({reference})s/></t:{kind}>"
    return f'<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:Items>{inner}</m:Items></m:CreateItem>'


def _update(item: str, kind: str) -> str:
    fields = _SUBJECT.replace("%(kind)s", kind)
    return (
        '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite" '
        'SendMeetingInvitationsOrCancellations="SendToNone"><m:ItemChanges><t:ItemChange>'
        f"%({item})s<t:Updates>{fields}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )


def _find_item(folder: str, view: str = "") -> str:
    return f'<m:FindItem Traversal="Shallow">{_SHAPE}{view}<m:ParentFolderIds>{folder}</m:ParentFolderIds></m:FindItem>'


def _sync(folder: str) -> str:
    return (
        f"<m:SyncFolderItems>{_SHAPE}<m:SyncFolderId>{folder}</m:SyncFolderId>"
        "<m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>"
    )


def _subscribe(way: str, rest: str = "") -> str:
    return (
        f"<m:Subscribe><m:{way}SubscriptionRequest><t:FolderIds>%(folder)s</t:FolderIds>"
        f"<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes>{rest}"
        f"</m:{way}SubscriptionRequest></m:Subscribe>"
    )


def _configuration(operation: str, inner: str, p: str = "t") -> str:
    name = _NAME.replace("%(p)s", p)
    content = f"{name}{inner}" if p == "m" else f"<m:UserConfiguration>{name}{inner}</m:UserConfiguration>"
    return f"<m:{operation}>{content}</m:{operation}>"


def _delegates(operation: str, inner: str) -> str:
    mailbox = "<m:Mailbox><t:EmailAddress>alice@contoso.test</t:EmailAddress></m:Mailbox>"
    return f"<m:{operation}>{mailbox}{inner}</m:{operation}>"


_BOB = "<t:UserId><t:PrimarySmtpAddress>bob@contoso.test</t:PrimarySmtpAddress></t:UserId>"
_DELEGATE = (
    f"<m:DelegateUsers><t:DelegateUser>{_BOB}<t:DelegatePermissions><t:InboxFolderPermissionLevel>Editor"
    "</t:InboxFolderPermissionLevel></t:DelegatePermissions></t:DelegateUser></m:DelegateUsers>"
)

FOREIGN: dict[str, tuple[str, ...]] = {
    "CreateItem": (
        _create(_MESSAGE),
        _create(_MESSAGE, attributes='MessageDisposition="SendAndSaveCopy"'),
        _create(_EVENT, "%(calendar)s", 'SendMeetingInvitations="SendToNone"'),
        _create("<t:Contact><t:DisplayName>x</t:DisplayName></t:Contact>", "%(contacts)s"),
        *(_respond(kind, "item_attributes") for kind in ("ReplyToItem", "ForwardItem", "SuppressReadReceipt")),
        *(_respond(kind, "request_attributes") for kind in ("AcceptItem", "DeclineItem", "TentativelyAcceptItem")),
        *(_respond(kind, "event_attributes") for kind in ("CancelCalendarItem", "AcceptItem")),
    ),
    "GetItem": (
        f"<m:GetItem>{_SHAPE}{_ITEMS}</m:GetItem>",
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
        "</m:ItemShape><m:ItemIds>%(event)s</m:ItemIds></m:GetItem>",
        f"<m:GetItem>{_SHAPE}<m:ItemIds><t:RecurringMasterItemIdRanges %(event_attributes)s/></m:ItemIds></m:GetItem>",
    ),
    "UpdateItem": (_update("item", "Message"), _update("event", "CalendarItem")),
    "DeleteItem": (
        f'<m:DeleteItem DeleteType="HardDelete">{_ITEMS}</m:DeleteItem>',
        '<m:DeleteItem DeleteType="MoveToDeletedItems" SendMeetingCancellations="SendToNone">'
        "<m:ItemIds>%(event)s</m:ItemIds></m:DeleteItem>",
    ),
    "MoveItem": (
        f"<m:MoveItem><m:ToFolderId>%(own)s</m:ToFolderId>{_ITEMS}</m:MoveItem>",
        "<m:MoveItem><m:ToFolderId>%(folder)s</m:ToFolderId><m:ItemIds>%(mine)s</m:ItemIds></m:MoveItem>",
    ),
    "CopyItem": (
        f"<m:CopyItem><m:ToFolderId>%(own)s</m:ToFolderId>{_ITEMS}</m:CopyItem>",
        "<m:CopyItem><m:ToFolderId>%(own)s</m:ToFolderId><m:ItemIds>%(event)s</m:ItemIds></m:CopyItem>",
        "<m:CopyItem><m:ToFolderId>%(folder)s</m:ToFolderId><m:ItemIds>%(mine)s</m:ItemIds></m:CopyItem>",
    ),
    "SendItem": (f'<m:SendItem SaveItemToFolder="true">{_ITEMS}</m:SendItem>',),
    "MarkAsJunk": (f'<m:MarkAsJunk IsJunk="true" MoveItem="true">{_ITEMS}</m:MarkAsJunk>',),
    "MarkAllItemsAsRead": (
        "<m:MarkAllItemsAsRead><m:ReadFlag>true</m:ReadFlag><m:SuppressReadReceipts>true</m:SuppressReadReceipts>"
        "<m:FolderIds>%(folder)s</m:FolderIds></m:MarkAllItemsAsRead>",
    ),
    "FindConversation": (
        "<m:FindConversation><m:ParentFolderId>%(folder)s</m:ParentFolderId></m:FindConversation>",
        "<m:FindConversation><m:ParentFolderId>%(by_name)s</m:ParentFolderId></m:FindConversation>",
    ),
    "GetConversationItems": (
        f"<m:GetConversationItems>{_SHAPE}<m:Conversations><t:Conversation>%(conversation)s</t:Conversation>"
        "</m:Conversations></m:GetConversationItems>",
    ),
    "ApplyConversationAction": (
        "<m:ApplyConversationAction><m:ConversationActions><t:ConversationAction><t:Action>Delete</t:Action>"
        "%(conversation)s<t:DeleteType>HardDelete</t:DeleteType></t:ConversationAction></m:ConversationActions>"
        "</m:ApplyConversationAction>",
    ),
    "ArchiveItem": (
        f"<m:ArchiveItem><m:ArchiveSourceFolderId>%(folder)s</m:ArchiveSourceFolderId>{_ITEMS}</m:ArchiveItem>",
    ),
    "ExportItems": (
        f"<m:ExportItems>{_ITEMS}</m:ExportItems>",
        "<m:ExportItems><m:ItemIds>%(event)s</m:ItemIds></m:ExportItems>",
    ),
    "UploadItems": (
        '<m:UploadItems><m:Items><t:Item CreateAction="CreateNew"><t:ParentFolderId %(folder_attributes)s/>'
        "<t:Data>%(data)s</t:Data></t:Item></m:Items></m:UploadItems>",
        '<m:UploadItems><m:Items><t:Item CreateAction="Update"><t:ParentFolderId %(folder_attributes)s/>%(item)s'
        "<t:Data>%(data)s</t:Data></t:Item></m:Items></m:UploadItems>",
    ),
    "CreateAttachment": (
        "<m:CreateAttachment><m:ParentItemId %(item_attributes)s/><m:Attachments><t:FileAttachment><t:Name>x</t:Name>"
        "<t:Content>eA==</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>",
    ),
    "GetAttachment": ("<m:GetAttachment><m:AttachmentIds>%(attachment)s</m:AttachmentIds></m:GetAttachment>",),
    "DeleteAttachment": ("<m:DeleteAttachment><m:AttachmentIds>%(attachment)s</m:AttachmentIds></m:DeleteAttachment>",),
    "ResolveNames": (
        '<m:ResolveNames ReturnFullContactData="true" SearchScope="Contacts"><m:ParentFolderIds>%(contacts)s'
        "</m:ParentFolderIds><m:UnresolvedEntry>secret</m:UnresolvedEntry></m:ResolveNames>",
    ),
    "ExpandDL": ("<m:ExpandDL><m:Mailbox>%(list)s</m:Mailbox></m:ExpandDL>",),
    "GetUserOofSettingsRequest": (
        "<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>alice@contoso.test</t:Address></t:Mailbox>"
        "</m:GetUserOofSettingsRequest>",
    ),
    "SetUserOofSettingsRequest": (
        "<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>alice@contoso.test</t:Address></t:Mailbox>"
        "<t:UserOofSettings><t:OofState>Enabled</t:OofState><t:ExternalAudience>All</t:ExternalAudience>"
        "</t:UserOofSettings></m:SetUserOofSettingsRequest>",
    ),
    "FindPeople": (
        "<m:FindPeople><m:PersonaShape><t:BaseShape>Default</t:BaseShape></m:PersonaShape><m:IndexedPageItemView "
        'MaxEntriesReturned="10" Offset="0" BasePoint="Beginning"/><m:ParentFolderId>%(contacts)s</m:ParentFolderId>'
        "<m:QueryString>secret</m:QueryString></m:FindPeople>",
    ),
    "GetPersona": ("<m:GetPersona><m:PersonaId %(persona)s/></m:GetPersona>",),
    "SetUserPhoto": (
        "<m:SetUserPhoto><m:Email>alice@contoso.test</m:Email><m:Content>%(photo)s</m:Content></m:SetUserPhoto>",
    ),
    "CreateUserConfiguration": (_configuration("CreateUserConfiguration", "<t:XmlData>eA==</t:XmlData>"),),
    "GetUserConfiguration": (
        _configuration(
            "GetUserConfiguration", "<m:UserConfigurationProperties>All</m:UserConfigurationProperties>", "m"
        ),
    ),
    "UpdateUserConfiguration": (_configuration("UpdateUserConfiguration", "<t:XmlData>eA==</t:XmlData>"),),
    "DeleteUserConfiguration": (_configuration("DeleteUserConfiguration", "", "m"),),
    "GetDelegate": (
        '<m:GetDelegate IncludePermissions="true"><m:Mailbox><t:EmailAddress>alice@contoso.test</t:EmailAddress>'
        "</m:Mailbox></m:GetDelegate>",
    ),
    "AddDelegate": (_delegates("AddDelegate", _DELEGATE),),
    "UpdateDelegate": (_delegates("UpdateDelegate", _DELEGATE),),
    "RemoveDelegate": (_delegates("RemoveDelegate", f"<m:UserIds>{_BOB}</m:UserIds>"),),
    "GetInboxRules": (
        "<m:GetInboxRules><m:MailboxSmtpAddress>alice@contoso.test</m:MailboxSmtpAddress></m:GetInboxRules>",
    ),
    "UpdateInboxRules": (
        "<m:UpdateInboxRules><m:MailboxSmtpAddress>alice@contoso.test</m:MailboxSmtpAddress>"
        "<m:RemoveOutlookRuleBlob>false</m:RemoveOutlookRuleBlob><m:Operations><t:CreateRuleOperation><t:Rule>"
        "<t:DisplayName>x</t:DisplayName><t:Priority>1</t:Priority><t:IsEnabled>true</t:IsEnabled><t:Conditions/>"
        "<t:Exceptions/><t:Actions><t:MarkAsRead>true</t:MarkAsRead></t:Actions></t:Rule></t:CreateRuleOperation>"
        "</m:Operations></m:UpdateInboxRules>",
    ),
    "SearchMailboxes": (
        "<m:SearchMailboxes><m:SearchQueries><t:MailboxQuery><t:Query>secret</t:Query><t:MailboxSearchScopes>"
        "<t:MailboxSearchScope><t:Mailbox>alice@contoso.test</t:Mailbox><t:SearchScope>All</t:SearchScope>"
        "</t:MailboxSearchScope></t:MailboxSearchScopes></t:MailboxQuery></m:SearchQueries>"
        "<m:ResultType>PreviewOnly</m:ResultType></m:SearchMailboxes>",
    ),
    "GetNonIndexableItemStatistics": (
        "<m:GetNonIndexableItemStatistics><m:Mailboxes><t:LegacyDN>alice@contoso.test</t:LegacyDN></m:Mailboxes>"
        "</m:GetNonIndexableItemStatistics>",
    ),
    "GetPasswordExpirationDate": (
        "<m:GetPasswordExpirationDate><m:MailboxSmtpAddress>alice@contoso.test</m:MailboxSmtpAddress>"
        "</m:GetPasswordExpirationDate>",
    ),
    "PerformReminderAction": (
        "<m:PerformReminderAction><m:ReminderItemActions><t:ReminderItemAction><t:ActionType>Dismiss</t:ActionType>"
        "%(event)s</t:ReminderItemAction></m:ReminderItemActions></m:PerformReminderAction>",
    ),
    "GetFolder": tuple(
        f"<m:GetFolder>{_FOLDER_SHAPE}<m:FolderIds>{one}</m:FolderIds></m:GetFolder>"
        for one in ("%(folder)s", "%(by_name)s", "%(calendar)s", "%(root)s")
    ),
    "FindItem": (
        _find_item("%(folder)s"),
        _find_item("%(by_name)s"),
        _find_item("%(calendar)s"),
        _find_item("%(folder)s", '<m:CalendarView StartDate="2026-12-01T00:00:00Z" EndDate="2026-12-02T00:00:00Z"/>'),
    ),
    "FindFolder": tuple(
        f'<m:FindFolder Traversal="Deep">{_FOLDER_SHAPE}<m:ParentFolderIds>{one}</m:ParentFolderIds></m:FindFolder>'
        for one in ("%(root)s", "%(folder)s")
    ),
    "CreateFolder": (
        "<m:CreateFolder><m:ParentFolderId>%(folder)s</m:ParentFolderId><m:Folders><t:Folder>"
        "<t:DisplayName>x</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>",
    ),
    "CreateFolderPath": (
        "<m:CreateFolderPath><m:ParentFolderId>%(folder)s</m:ParentFolderId><m:RelativeFolderPath><t:Folder>"
        "<t:DisplayName>x</t:DisplayName></t:Folder></m:RelativeFolderPath></m:CreateFolderPath>",
    ),
    "UpdateFolder": (
        f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>%(plain)s<t:Updates>{_RENAMED}</t:Updates>"
        "</t:FolderChange></m:FolderChanges></m:UpdateFolder>",
    ),
    "DeleteFolder": ('<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>%(plain)s</m:FolderIds></m:DeleteFolder>',),
    "EmptyFolder": tuple(
        f'<m:EmptyFolder DeleteType="HardDelete" DeleteSubFolders="{below}"><m:FolderIds>%(folder)s</m:FolderIds>'
        "</m:EmptyFolder>"
        for below in ("true", "false")
    ),
    "MoveFolder": (
        "<m:MoveFolder><m:ToFolderId>%(folder)s</m:ToFolderId><m:FolderIds>%(plain)s</m:FolderIds></m:MoveFolder>",
        "<m:MoveFolder><m:ToFolderId>%(own)s</m:ToFolderId><m:FolderIds>%(plain)s</m:FolderIds></m:MoveFolder>",
    ),
    "CopyFolder": (
        "<m:CopyFolder><m:ToFolderId>%(own)s</m:ToFolderId><m:FolderIds>%(plain)s</m:FolderIds></m:CopyFolder>",
    ),
    "SyncFolderHierarchy": (
        f"<m:SyncFolderHierarchy>{_FOLDER_SHAPE}<m:SyncFolderId>%(root)s</m:SyncFolderId></m:SyncFolderHierarchy>",
    ),
    "ConvertId": (
        '<m:ConvertId DestinationFormat="HexEntryId"><m:SourceIds><t:AlternateId Format="EwsId" %(item_id)s '
        'Mailbox="alice@contoso.test"/></m:SourceIds></m:ConvertId>',
    ),
    "Subscribe": (_subscribe("Streaming"), _subscribe("Pull", "<t:Timeout>10</t:Timeout>")),
    "SyncFolderItems": (_sync("%(folder)s"), _sync("%(calendar)s"), _sync("%(by_name)s")),
}
"""Requests in which a stranger names another's mailbox; each is refused and changes nothing."""

_LIST = "the caller's own list"
_DIRECTORY = "tells what the directory tells everybody"
_SUBSCRIPTION = "names a subscription, which is its maker's alone"

OWN: dict[str, str] = {
    "GetServerTimeZones": "names no mailbox",
    "GetUserAvailabilityRequest": "tells of any calendar what its permissions say: test_permissions.py",
    "GetUserPhoto": _DIRECTORY,
    "GetMailTips": _DIRECTORY,
    "GetServiceConfiguration": _DIRECTORY,
    "GetRoomLists": _DIRECTORY,
    "GetRooms": _DIRECTORY,
    **dict.fromkeys(absent_features.OPERATIONS, "belongs to a feature that is not set up: the same for everybody"),
    "GetDiscoverySearchConfiguration": "names no mailbox, and needs a right",
    "GetSearchableMailboxes": "names no mailbox, and needs a right",
    "GetReminders": "the caller's own reminders",
    "GetImItemList": _LIST,
    "GetImItems": _LIST,
    "AddNewImContactToGroup": _LIST,
    "AddNewTelUriContactToGroup": _LIST,
    "AddImContactToGroup": _LIST,
    "RemoveImContactFromGroup": _LIST,
    "RemoveContactFromImList": _LIST,
    "AddImGroup": _LIST,
    "SetImGroup": _LIST,
    "RemoveImGroup": _LIST,
    "AddDistributionGroupToImList": _LIST,
    "RemoveDistributionGroupFromImList": _LIST,
    "SetImListMigrationCompleted": _LIST,
    "Unsubscribe": _SUBSCRIPTION,
    "GetEvents": _SUBSCRIPTION,
    "GetStreamingEvents": _SUBSCRIPTION,
}
"""Operations whose requests name nobody else's mailbox, and why that is so."""
