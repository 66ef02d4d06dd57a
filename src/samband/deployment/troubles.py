"""What keeps a feature from working, each with what people see, what an administrator does, and the support article."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from samband.deployment.findings import Weight


class Trouble(StrEnum):
    """Stable names of what probes and looks find."""

    NO_MAIL = "mail.missing"
    NO_AUTODISCOVER = "autodiscover.not-found"
    UNKNOWN_ADDRESS = "autodiscover.unknown-address"
    OTHER_MAILBOX = "addresses.other-mailbox"
    ADDRESSES_DIFFER = "addresses.differ"
    EWS_DOWN = "ews.unreachable"
    EWS_REFUSES = "ews.credentials"
    EWS_ERROR = "ews.error"
    NO_SIP_PROXY = "proxyaddresses.no-sip"
    LYNC_NOT_FOUND = "lync.not-found"
    SIP_DOWN = "sip.unreachable"
    SIP_REFUSES = "sip.refused"
    NO_PARTNER = "partner.missing"
    WILDCARD_DOMAIN = "oauth.wildcard-domain"
    TOKEN_REFUSED = "oauth.refused"
    NO_WAY_TO_EXCHANGE = "oauth.no-autodiscover-url"
    MEETING_REFUSED = "meetings.refused"
    OWA_DOWN = "owa.unreachable"
    OWA_REFUSES = "owa.credentials"
    OWA_NO_IM = "owa.no-instant-messaging"
    OWA_NOT_TRUSTED = "owa.not-trusted"
    OWA_NO_LISTENER = "owa.no-listener"
    LIST_UNAVAILABLE = "ucs.unavailable"
    LIST_OLD_CLIENTS = "ucs.old-clients"
    CONTACT_UNKNOWN = "contacts.unknown"
    NO_ADDRESS_BOOK = "addressbook.not-published"
    MEDIA_DOWN = "media.unreachable"
    MEDIA_REFUSES = "media.refused"
    RELAY_DOWN = "media.relay-unreachable"
    PHOTO_BROKEN = "photos.broken"
    PHOTO_SMALL = "photos.small"
    NO_UPLOAD = "photos.no-mailbox"
    PORT_CLOSED = "port.closed"
    CERTIFICATE_NAME = "certificate.name"
    CERTIFICATE_EXPIRED = "certificate.expired"
    CERTIFICATE_EXPIRING = "certificate.expiring"
    CERTIFICATE_UNTRUSTED = "certificate.untrusted"
    CLOCK = "clock.skew"
    TIMEOUT = "probe.timeout"
    NO_RESOLVER = "dns.no-answer"
    LYNCDISCOVER_BROKEN = "lyncdiscover.broken"
    NO_SOAP = "autodiscover.no-soap"
    NO_METADATA = "oauth.no-metadata"
    OTHER_REALM = "oauth.realm"
    KEY_EXPIRED = "oauth.key-expired"
    OTHER_KEY = "oauth.other-key"
    AUTODISCOVER_URL = "oauth.autodiscover-url"
    PARTNER_OFF = "partner.disabled"
    NO_LINKED_ACCOUNT = "partner.no-linked-account"
    TRUST_LEVEL = "partner.trust-level"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a trouble. ``article`` is the number of a support article; ``step`` 0 is none of the six."""

    step: int
    symptom: str
    remedy: str
    article: str = ""
    weight: Weight = Weight.FAULT
    elsewhere: str = ""
    """The remedy where the deployment is not one of ours; empty: the same."""


_LOOK = "Look at the log of `samband serve`, and run the check again."

KNOWN: dict[Trouble, Known] = {
    Trouble.NO_MAIL: Known(
        3,
        "Lync does not find the mailbox: no conversation history, free/busy, out of office, contact card.",
        "samband step do DIR 3, or samband user set DIR LOGIN mail=ADDRESS.",
        "2787614",
    ),
    Trouble.NO_AUTODISCOVER: Known(
        3,
        "Clients cannot find the Exchange server: no conversation history, free/busy, out of office.",
        "Publish autodiscover.DOMAIN of the e-mail address's domain (samband dns plan), and let port 443 through.",
        "2787614",
        elsewhere="Publish autodiscover.DOMAIN of the e-mail address's domain, and let port 443 through.",
    ),
    Trouble.UNKNOWN_ADDRESS: Known(
        3,
        "Lync asks for a mailbox that Exchange does not have under this address.",
        "Give mail an address of the person's own: samband user set DIR LOGIN mail=ADDRESS.",
        "2787614",
    ),
    Trouble.OTHER_MAILBOX: Known(
        3,
        "The address in the Outlook profile is not the one Lync signs in with; Lync shows somebody else's calendar.",
        "Make userPrincipalName, primary SMTP address and SIP address the same, and mail with them.",
        "2436962",
    ),
    Trouble.ADDRESSES_DIFFER: Known(
        3,
        "Lync says that the address in the default Outlook profile differs from the sign-in address.",
        "Make userPrincipalName, primary SMTP address and SIP address the same.",
        "2436962",
        Weight.WARNING,
    ),
    Trouble.EWS_DOWN: Known(
        3,
        "Lync asks for Exchange credentials again and again, or says it will repair the connection to Exchange.",
        "Start the mailbox side, and let port 443 through firewalls and proxies.",
        "2298541",
    ),
    Trouble.EWS_REFUSES: Known(
        3,
        "People are asked for Exchange credentials again and again after they signed in to Lync.",
        "One password for both sides: samband user password DIR LOGIN; and see trust.http in samband.toml.",
        "2298541",
    ),
    Trouble.EWS_ERROR: Known(3, "Exchange answers, but not with what was asked for.", _LOOK, "2787614"),
    Trouble.NO_SIP_PROXY: Known(
        2,
        "OWA does not know the person's SIP address: no presence, no instant messages, no meeting button.",
        "samband step do DIR 2, or samband user set DIR LOGIN with a sip: address among proxyAddresses.",
        "2565604",
    ),
    Trouble.LYNC_NOT_FOUND: Known(
        1,
        "OWA has no meeting button, no presence and no instant messages; clients find no Lync.",
        "samband step do DIR 1, or publish what samband dns plan prints.",
        "2565604",
    ),
    Trouble.SIP_DOWN: Known(
        0,
        "Nobody signs in to Lync, or is asked again and again.",
        "Start the Lync side, and let ports 443, 5060 and 5061 through.",
        "2298541",
    ),
    Trouble.SIP_REFUSES: Known(
        0, "Sign-in to Lync is refused.", "Set a new password: samband user password DIR LOGIN."
    ),
    Trouble.NO_PARTNER: Known(
        4,
        "No contact list in the mailbox, no conversation history from the server, no meetings in OWA.",
        "samband step do DIR 4, or samband partner add DIR.",
        elsewhere=(
            "Exchange: Configure-EnterprisePartnerApplication.ps1 -ApplicationType Lync; Lync: "
            "New-CsPartnerApplication -Identity Exchange -ApplicationTrustLevel Full."
        ),
    ),
    Trouble.WILDCARD_DOMAIN: Known(
        4,
        'Exchange refuses every server-to-server token: 401, 2000004, "the tenant does not exist".',
        "Replace the accepted domain *.DOMAIN by the domains themselves.",
        elsewhere="Remove-AcceptedDomain *.DOMAIN, New-AcceptedDomain for each domain itself.",
    ),
    Trouble.TOKEN_REFUSED: Known(
        4,
        "One side refuses the other's server-to-server token.",
        "Read the partner's keys anew: samband step undo DIR 4, samband step do DIR 4; compare clocks.",
    ),
    Trouble.NO_WAY_TO_EXCHANGE: Known(
        4,
        "Lync writes nothing into mailboxes and shows no calendars.",
        'Set oauth.exchange_autodiscover_url in samband.toml, such as "own".',
        elsewhere=(
            "Set-CsOAuthConfiguration -ExchangeAutodiscoverUrl "
            "https://autodiscover.DOMAIN/autodiscover/autodiscover.svc."
        ),
    ),
    Trouble.MEETING_REFUSED: Known(4, "OWA's meeting button makes no meeting.", _LOOK, "2565604"),
    Trouble.OWA_DOWN: Known(5, "The web client (OWA) does not open.", _LOOK),
    Trouble.OWA_REFUSES: Known(5, "The web client (OWA) does not let people in.", "samband user password DIR LOGIN."),
    Trouble.OWA_NO_IM: Known(
        5,
        'OWA shows "Instant Messaging isn\'t available right now", or no presence at all.',
        "samband step do DIR 5, or samband owa set DIR --type OCS --server-name HOST.",
        "2565604",
        elsewhere=(
            "Set-OwaVirtualDirectory -InstantMessagingEnabled $true -InstantMessagingType OCS; IMServerName "
            "and IMCertificateThumbprint in OWA's Web.config."
        ),
    ),
    Trouble.OWA_NOT_TRUSTED: Known(
        5,
        "OWA shows \"Instant Messaging isn't available right now. The Contact List will appear when the services "
        'become available."',
        "samband application add DIR FQDN, with the name in OWA's certificate.",
        "2565604",
        elsewhere=(
            "New-CsTrustedApplicationPool -Identity FQDN, New-CsTrustedApplication -ApplicationId "
            "OutlookWebApp, Enable-CsTopology."
        ),
    ),
    Trouble.OWA_NO_LISTENER: Known(
        5,
        'OWA shows "Instant Messaging isn\'t available right now": Lync takes no connections of trusted applications.',
        "Set listen.sip_servers in samband.toml, such as 5062, and restart.",
        "2565604",
    ),
    Trouble.LIST_UNAVAILABLE: Known(
        4,
        "The contact list is empty or read-only: UCS Connectivity State is Exchange connection Down, Contact List "
        "Provider is UCS.",
        "Bring the mailbox back; or take the list back while it is there: samband ucs rollback DIR LOGIN.",
        "2811654",
    ),
    Trouble.LIST_OLD_CLIENTS: Known(
        4,
        "Lync 2010 and Lync for Mac 2011 show the contact list, but cannot change it.",
        "Change the list with a newer client or Outlook, or take it back: samband ucs rollback DIR LOGIN.",
        "2757458",
        Weight.NOTE,
    ),
    Trouble.CONTACT_UNKNOWN: Known(
        0,
        "Contacts appear offline for ever, or cannot be found in the address book.",
        "Enable them for Lync again, or remove them from the list.",
        "2435699",
        Weight.WARNING,
    ),
    Trouble.NO_ADDRESS_BOOK: Known(
        0,
        "People are not found in the address book, and have no photos there: clients are left to search by SIP.",
        'client_policy.address_book_availability = "WebSearchOnly" in samband.toml; and let /abs and /GroupExpansion '
        "through what stands before the site.",
        "2435699",
        Weight.WARNING,
        elsewhere="Publish /abs and /GroupExpansion of the web services, and try Test-CsAddressBookService.",
    ),
    Trouble.MEDIA_DOWN: Known(
        0,
        "Meetings in the browser have no sound and no pictures for now; their text goes on.",
        "Start Janus with its HTTP interface, or correct media.janus in samband.toml (docs/media.md).",
        weight=Weight.WARNING,
    ),
    Trouble.MEDIA_REFUSES: Known(
        0,
        "Meetings in the browser have no sound and no pictures; their text goes on.",
        "Put Janus's api_secret into the file of media.janus_secret_file, and have it load its VideoRoom plugin.",
        weight=Weight.WARNING,
    ),
    Trouble.RELAY_DOWN: Known(
        0,
        "Calls and meetings have no sound and no pictures where a firewall lets no UDP through.",
        "Start the TURN server, open its port, or correct media.turn in samband.toml (docs/media.md).",
        weight=Weight.WARNING,
    ),
    Trouble.PHOTO_BROKEN: Known(
        3,
        "Contact photos are not displayed.",
        "Upload a JPEG again; the mailbox must answer.",
        "2497721",
    ),
    Trouble.PHOTO_SMALL: Known(
        3,
        "Contact photos are displayed in low resolution, and not to people elsewhere: only the directory has one.",
        "Upload a photo of 648 x 648 pixels to the mailbox.",
        "2497721",
        Weight.NOTE,
    ),
    Trouble.NO_UPLOAD: Known(
        3,
        "The button that uploads a photo is greyed out: a photo is kept in the mailbox.",
        "Give them a mailbox, or set thumbnailPhoto in the directory.",
        "2860366",
        Weight.WARNING,
    ),
    Trouble.PORT_CLOSED: Known(
        0, "Clients cannot connect, and ask for credentials again and again.", "Start the listener, open the port."
    ),
    Trouble.CERTIFICATE_NAME: Known(
        1, "Clients refuse the server, or ask whether to trust it.", "Issue a certificate that has the name."
    ),
    Trouble.CERTIFICATE_EXPIRED: Known(0, "Clients refuse the server.", "Renew the certificate."),
    Trouble.CERTIFICATE_EXPIRING: Known(
        0, "Clients will refuse the server soon.", "Renew the certificate.", weight=Weight.WARNING
    ),
    Trouble.CERTIFICATE_UNTRUSTED: Known(
        0, "Clients refuse the server, or ask whether to trust it.", "Have clients trust the CA that issued it."
    ),
    Trouble.CLOCK: Known(
        4, "Tokens and sign-in by NTLM are refused as too old or too new.", "Set the clocks by the same time server."
    ),
    Trouble.TIMEOUT: Known(0, "It takes too long to be of use.", _LOOK),
    Trouble.NO_RESOLVER: Known(
        1, "Names are asked for in vain: nothing finds anything.", "Mend the name server, or ask another one."
    ),
    Trouble.LYNCDISCOVER_BROKEN: Known(
        1,
        "OWA has no meeting button; mobile clients do not sign in.",
        "GET https://lyncdiscover.DOMAIN/ must give 200 with links to the web services.",
        "2565604",
    ),
    Trouble.NO_SOAP: Known(
        3,
        "Lync takes Autodiscover for one without SOAP, and finds no mailboxes: the contact list is empty.",
        "Let the answers of autodiscover.xml keep their header X-SOAP-Enabled: True.",
        "2787614",
    ),
    Trouble.NO_METADATA: Known(
        4,
        "A partner cannot learn the keys of this side: its tokens are refused.",
        "Serve the authentication metadata document, and let port 443 through.",
    ),
    Trouble.OTHER_REALM: Known(
        4,
        "Tokens are refused: realms compare with case, and these differ.",
        "Make the partner application anew from the metadata document.",
    ),
    Trouble.KEY_EXPIRED: Known(
        4,
        "Tokens signed by this key are refused.",
        "Set-AuthConfig or Set-CsCertificate -Type OAuthTokenIssuer with a new certificate, then publish it.",
    ),
    Trouble.OTHER_KEY: Known(
        4,
        "Tokens are signed by a key that the metadata document does not tell of.",
        "Set-AuthConfig -PublishCertificate, then recycle the web services.",
    ),
    Trouble.AUTODISCOVER_URL: Known(
        4,
        "The contact list is empty or read-only: Lync asks an address that speaks no SOAP.",
        "Set-CsOAuthConfiguration -ExchangeAutodiscoverUrl with an address that ends in autodiscover.svc.",
        "2811654",
    ),
    Trouble.PARTNER_OFF: Known(
        4,
        "No contact list in the mailbox, no conversation history from the server, no meetings in OWA.",
        "Set-PartnerApplication -Enabled $true, or Set-CsPartnerApplication -Enabled $true.",
    ),
    Trouble.NO_LINKED_ACCOUNT: Known(
        4,
        "Lync's tokens are taken, and every call with them is refused: the application has no rights.",
        "Set-PartnerApplication -LinkedAccount, with the roles UserApplication and ArchiveApplication.",
    ),
    Trouble.TRUST_LEVEL: Known(
        4,
        "Exchange may not act for people: no meetings in OWA.",
        "Set-CsPartnerApplication -ApplicationTrustLevel Full.",
    ),
}


def refusal(why: str) -> Trouble:
    """What is behind a refused server-to-server call, by its reason."""
    if "2000004" in why or "tenant for tenant guid" in why:
        return Trouble.WILDCARD_DOMAIN
    if "no partner application" in why:
        return Trouble.NO_PARTNER
    return Trouble.TOKEN_REFUSED
