"""Every operation the endpoint answers: request element -> handler.

To add a family: ``wire/ews/<family>.py`` parses its request elements and writes its response content,
``exchange/actions/<family>.py`` has its verbs, ``exchange/ews/<family>.py`` glues them in one
``async def <operation>(call, element) -> str`` an operation, and each operation gets its line here.
``Operation.since`` is the schema version an operation came with; older requests are told that it is invalid.
"""

from __future__ import annotations

from samband.exchange.ews import availability, folders, oof, timezones
from samband.exchange.ews.call import Operation
from samband.wire.ews.versions import ServerVersion

OPERATIONS: dict[str, Operation] = {
    "GetServerTimeZones": Operation(timezones.get_server_time_zones, ServerVersion.Exchange2010),
    "GetUserAvailabilityRequest": Operation(availability.get_user_availability),
    "GetUserOofSettingsRequest": Operation(oof.get_user_oof_settings),
    "SetUserOofSettingsRequest": Operation(oof.set_user_oof_settings),
    "GetFolder": Operation(folders.get_folder),
    "FindFolder": Operation(folders.find_folder),
    "CreateFolder": Operation(folders.create_folder),
    "UpdateFolder": Operation(folders.update_folder),
    "DeleteFolder": Operation(folders.delete_folder),
    "EmptyFolder": Operation(folders.empty_folder, since=ServerVersion.Exchange2010_SP1),
    "MoveFolder": Operation(folders.move_folder),
    "CopyFolder": Operation(folders.copy_folder),
    "SyncFolderHierarchy": Operation(folders.sync_folder_hierarchy),
}
