"""Features that an Exchange of one's own may have and this organisation has not.

Each of their operations is answered as Exchange answers where the feature is not set up: with its own ResponseCode, or
with an empty list where there is truly nothing.
"""

from __future__ import annotations

from samband.exchange.ews.call import Call, Handler, Operation
from samband.wire.ews.names import M, T
from samband.wire.ews.responses import Refusal, write_batch, write_single, write_single_refused
from samband.wire.ews.versions import ServerVersion
from samband.wire.xml.reading import Element, missing, required

_2013 = ServerVersion.Exchange2013

_NO_VOICE = Refusal("ErrorUserNotUnifiedMessagingEnabled", "The user is not enabled for Unified Messaging.")
_NO_CALL = Refusal("ErrorInvalidPhoneCallId", "There is no call with this identifier.")
_NO_FEDERATION = Refusal("ErrorOrganizationNotFederated", "The organization is not federated with any other.")
_NO_TEAM = Refusal("ErrorTeamMailboxNotFound", "There is no such site mailbox.")
_NO_ROLE = Refusal("ErrorAccessDenied", "The caller has no role that allows it.")
_NO_ADD_INS = Refusal("ErrorExtensionsNotAuthorized", "Add-ins cannot be installed in this organization.")
_NO_ADD_IN = Refusal("ErrorExtensionNotFound", "There is no such add-in.")
_NO_MANAGED_FOLDER = Refusal("ErrorManagedFolderNotFound", "The organization has no managed folder of this name.")
_NO_TOKEN = Refusal("ErrorInvalidClientAccessTokenRequest", "There is no add-in to make a token for.")

REFUSED: dict[str, tuple[Refusal, ServerVersion]] = {
    "PlayOnPhone": (_NO_VOICE, ServerVersion.Exchange2010),
    "GetPhoneCallInformation": (_NO_CALL, ServerVersion.Exchange2010),
    "DisconnectPhoneCall": (_NO_CALL, ServerVersion.Exchange2010),
    "GetSharingMetadata": (_NO_FEDERATION, ServerVersion.Exchange2010),
    "GetSharingFolder": (_NO_FEDERATION, ServerVersion.Exchange2010),
    "RefreshSharingFolder": (_NO_FEDERATION, ServerVersion.Exchange2010),
    "SetTeamMailbox": (_NO_TEAM, _2013),
    "UnpinTeamMailbox": (_NO_TEAM, _2013),
    "GetHoldOnMailboxes": (_NO_ROLE, _2013),
    "SetHoldOnMailboxes": (_NO_ROLE, _2013),
    "GetNonIndexableItemDetails": (_NO_ROLE, _2013),
    "InstallApp": (_NO_ADD_INS, _2013),
    "UninstallApp": (_NO_ADD_IN, _2013),
    "DisableApp": (_NO_ADD_IN, _2013),
}
"""Operations with one answer, why they are refused, and since when they are."""


def _refused(name: str, reason: Refusal) -> Handler:
    async def handle(call: Call, element: Element) -> str:
        return write_single_refused(name, reason)

    return handle


async def create_managed_folder(call: Call, element: Element) -> str:
    """One refusal for each folder asked for."""
    names = required(element, M + "FolderNames")
    if len(names) == 0:
        raise missing(names, T + "FolderName")
    return write_batch("CreateManagedFolder", [_NO_MANAGED_FOLDER] * len(names), "<m:Folders/>")


async def get_client_access_token(call: Call, element: Element) -> str:
    """One refusal for each token asked for."""
    wanted = required(element, M + "TokenRequests")
    if len(wanted) == 0:
        raise missing(wanted, T + "TokenRequest")
    return write_batch("GetClientAccessToken", [_NO_TOKEN] * len(wanted))


async def get_app_manifests(call: Call, element: Element) -> str:
    """No add-in is installed. Since Exchange 2013 SP1 they are listed in another element, for who names an API."""
    newer = element.find(M + "ApiVersionSupported") is not None
    return write_single("GetAppManifests", "<m:Apps/>" if newer else "<m:Manifests/>")


async def get_user_retention_policy_tags(call: Call, element: Element) -> str:
    """Nobody has a retention policy."""
    return write_single("GetUserRetentionPolicyTags", "<m:RetentionPolicyTags/>")


OPERATIONS: dict[str, Operation] = {
    **{name: Operation(_refused(name, reason), since) for name, (reason, since) in REFUSED.items()},
    "CreateManagedFolder": Operation(create_managed_folder),
    "GetClientAccessToken": Operation(get_client_access_token, _2013),
    "GetAppManifests": Operation(get_app_manifests, _2013),
    "GetUserRetentionPolicyTags": Operation(get_user_retention_policy_tags, _2013),
}
"""All of them."""
