"""``vnd-microsoft-provisioning-v2``: what a client may do and where it finds things [MS-SIPREGE]."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from samband.lync.sip.inbound import Inbound
from samband.lync.sip.media import media_type
from samband.lync.sip.notifier import Content, Subscription
from samband.lync.sip.own_presence_door import own_person
from samband.model.failures import Failure
from samband.model.people import Person
from samband.wire.presence.names import OLD_PROVISIONING_TYPE, PROVISIONING_TYPE
from samband.wire.presence.provisioning import ProvisionGroup, read_group_names, write_provisioning


@dataclass(frozen=True, slots=True)
class Provisioning:
    """What clients are told. ``server`` are further settings of ``ServerConfiguration``, ``personal`` those that
    depend on who asks (such as ``focusFactoryUri``); ``endpoint`` are the properties of ``endpointConfiguration``."""

    organization: str = ""
    server: Mapping[str, str] = field(default_factory=dict)
    endpoint: Mapping[str, str] = field(default_factory=dict)
    personal: Callable[[Person], Mapping[str, str]] = lambda person: {}

    def groups(self, person: Person) -> Sequence[ProvisionGroup]:
        """Every group there is, for ``person``."""
        settings = {"organization": self.organization} if self.organization else {}
        settings |= {"ucPC2PCAVEncryption": "SupportEncryption", "ucPortRangeEnabled": "false"}
        settings |= {**self.server, **self.personal(person)}
        return (
            ProvisionGroup("ServerConfiguration", tuple(settings.items())),
            ProvisionGroup("meetingPolicy"),
            ProvisionGroup("ucPolicy", (("enableUC", "true"),)),
            ProvisionGroup("endpointConfiguration", (), tuple(self.endpoint.items())),
            ProvisionGroup("persistentChatConfiguration", (), (("EnablePersistentChat", "false"),)),
        )


class ProvisioningPackage:
    """Tells the groups a client asks for; nothing of them changes while it is signed in."""

    def __init__(self, provisioning: Provisioning) -> None:
        self._provisioning = provisioning

    def subscribe(self, subscription: Subscription, inbound: Inbound) -> Content:
        """See ``Package``."""
        request = inbound.request
        person = own_person(inbound)
        if request.body and media_type(request) != PROVISIONING_TYPE:
            raise Failure("UnsupportedMediaType", "The body names no groups", details={"Accept": PROVISIONING_TYPE})
        asked = set(read_group_names(request.body))
        groups = [group for group in self._provisioning.groups(person) if not asked or group.name in asked]
        return Content(PROVISIONING_TYPE, write_provisioning(groups).encode("utf-8", "replace"))


class OldProvisioningPackage:
    """Event ``vnd-microsoft-provisioning`` of clients before 2007: there is nothing to tell them."""

    def subscribe(self, subscription: Subscription, inbound: Inbound) -> Content:
        """See ``Package``."""
        own_person(inbound)
        return Content(OLD_PROVISIONING_TYPE, b"<provisioning/>")
