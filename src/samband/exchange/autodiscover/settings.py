"""What Autodiscover tells of a mailbox: from the directory and from the site's addresses."""

from __future__ import annotations

from dataclasses import dataclass

from samband.model.people import Person
from samband.wire.autodiscover.pox import AlternateMailbox

_SCHEMAS = (
    "Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, Exchange2010_SP2, Exchange2013, Exchange2013_SP1"
)
VERSION = (15, 0, 1497, 2)


@dataclass(frozen=True, slots=True)
class AutodiscoverSettings:
    """The site's addresses as clients reach them, with ports where they are not the usual; empty: there is none.

    ``base_url`` is ``https://autodiscover.contoso.test``, to which plain HTTP is sent on. ``http_auth`` are the
    schemes of EWS for people, ``ntlm``, ``negotiate`` or ``basic``.
    """

    base_url: str
    ews_url: str
    server: str
    accepted_domains: tuple[str, ...]
    oab_url: str = ""
    web_url: str = ""
    deployment_id: str = ""
    http_auth: tuple[str, ...] = ("ntlm", "basic")

    @property
    def auth_package(self) -> str:
        """The best scheme as Outlook names it."""
        return "Ntlm" if {"ntlm", "negotiate"} & set(self.http_auth) else "Basic"


def archive_of(person: Person) -> AlternateMailbox | None:
    """The archive of somebody as clients are told to open it; None where there is none."""
    guid = person.msExchArchiveGUID
    if not guid:
        return None
    domain = (person.primary_smtp or person.mail).rpartition("@")[2]
    return AlternateMailbox(
        "Archive", person.archive_name, f"{person.legacyExchangeDN}/guid={guid}", f"{guid}@{domain}"
    )


def user_settings(
    person: Person, site: AutodiscoverSettings
) -> dict[str, str | list[tuple[str, str]] | AlternateMailbox]:
    """Every setting there is of somebody with a mailbox, by name."""
    version = "{:02}.{:02}.{:04}.{:03}".format(*VERSION)
    web = [("Basic, Fba", site.web_url)] if site.web_url else ""
    found: dict[str, str | list[tuple[str, str]] | AlternateMailbox | None] = {
        "UserDisplayName": person.displayName,
        "UserDN": person.legacyExchangeDN,
        "UserDeploymentId": site.deployment_id,
        "AutoDiscoverSMTPAddress": person.primary_smtp or person.mail,
        "CasVersion": version,
        "MailboxVersion": version,
        "EwsSupportedSchemas": _SCHEMAS,
        "InternalMailboxServer": site.server,
        "InternalEwsUrl": site.ews_url,
        "ExternalEwsUrl": site.ews_url,
        "ExternalEwsVersion": version,
        "InternalPhotosUrl": site.ews_url,
        "ExternalPhotosUrl": site.ews_url,
        "InternalOABUrl": site.oab_url,
        "ExternalOABUrl": site.oab_url,
        "InternalWebClientUrls": web,
        "ExternalWebClientUrls": web,
        "AlternateMailboxes": archive_of(person),
        "CrossOrganizationSharingEnabled": "False",
        "UserMSOnline": "False",
        "MapiHttpEnabled": "False",
    }
    return {name: value for name, value in found.items() if value}


def domain_settings(site: AutodiscoverSettings) -> dict[str, str]:
    """Every setting there is of a domain, by name."""
    return {
        "ExternalEwsUrl": site.ews_url,
        "ExternalEwsVersion": "{:02}.{:02}.{:04}.{:03}".format(*VERSION),
    }
