"""Every operation the endpoint answers: request element -> handler.

To add a family: ``wire/ews/<family>.py`` parses its request elements and writes its response content,
``exchange/actions/<family>.py`` has its verbs, ``exchange/ews/<family>.py`` glues them in one
``async def <operation>(call, element) -> str`` an operation, and each operation gets its line here.
``Operation.since`` is the schema version an operation came with; older requests are told that it is invalid.
"""

from __future__ import annotations

from samband.exchange.ews import (
    archive,
    attachments,
    availability,
    convert,
    find,
    folders,
    im_lists,
    items,
    junk,
    notifications,
    oof,
    people,
    personas,
    photos,
    read_flags,
    sync,
    timezones,
    transfer,
    user_configurations,
)
from samband.exchange.ews.call import Operation
from samband.wire.ews.versions import ServerVersion

OPERATIONS: dict[str, Operation] = {
    "CreateItem": Operation(items.create_item),
    "GetItem": Operation(items.get_item),
    "UpdateItem": Operation(items.update_item),
    "DeleteItem": Operation(items.delete_item),
    "MoveItem": Operation(items.move_item),
    "CopyItem": Operation(items.copy_item),
    "SendItem": Operation(items.send_item),
    "MarkAsJunk": Operation(junk.mark_as_junk, ServerVersion.Exchange2013),
    "MarkAllItemsAsRead": Operation(read_flags.mark_all_items_as_read, ServerVersion.Exchange2013),
    "ArchiveItem": Operation(archive.archive_item, ServerVersion.Exchange2013),
    "ExportItems": Operation(transfer.export_items, ServerVersion.Exchange2010_SP1),
    "UploadItems": Operation(transfer.upload_items, ServerVersion.Exchange2010_SP1),
    "CreateAttachment": Operation(attachments.create_attachment),
    "GetAttachment": Operation(attachments.get_attachment),
    "DeleteAttachment": Operation(attachments.delete_attachment),
    "ResolveNames": Operation(people.resolve_names),
    "ExpandDL": Operation(people.expand_dl),
    "GetServerTimeZones": Operation(timezones.get_server_time_zones, ServerVersion.Exchange2010),
    "GetUserAvailabilityRequest": Operation(availability.get_user_availability),
    "GetUserOofSettingsRequest": Operation(oof.get_user_oof_settings),
    "SetUserOofSettingsRequest": Operation(oof.set_user_oof_settings),
    "FindPeople": Operation(personas.find_people, ServerVersion.Exchange2013),
    "GetPersona": Operation(personas.get_persona, ServerVersion.Exchange2013),
    "GetUserPhoto": Operation(photos.get_user_photo, ServerVersion.Exchange2013),
    "SetUserPhoto": Operation(photos.set_user_photo, ServerVersion.Exchange2013),
    **{name: Operation(handle, ServerVersion.Exchange2013) for name, handle in im_lists.HANDLERS.items()},
    **{name: Operation(handle, ServerVersion.Exchange2010) for name, handle in user_configurations.HANDLERS.items()},
    "GetFolder": Operation(folders.get_folder),
    "FindItem": Operation(find.find_item),
    "FindFolder": Operation(folders.find_folder),
    "CreateFolder": Operation(folders.create_folder),
    "UpdateFolder": Operation(folders.update_folder),
    "DeleteFolder": Operation(folders.delete_folder),
    "EmptyFolder": Operation(folders.empty_folder, since=ServerVersion.Exchange2010_SP1),
    "MoveFolder": Operation(folders.move_folder),
    "CopyFolder": Operation(folders.copy_folder),
    "SyncFolderHierarchy": Operation(folders.sync_folder_hierarchy),
    "ConvertId": Operation(convert.convert_id, ServerVersion.Exchange2007_SP1),
    "Subscribe": Operation(notifications.subscribe),
    "Unsubscribe": Operation(notifications.unsubscribe),
    "GetEvents": Operation(notifications.get_events),
    "GetStreamingEvents": Operation(notifications.get_streaming_events, ServerVersion.Exchange2010_SP1),
    "SyncFolderItems": Operation(sync.sync_folder_items),
}
