"""The commented ``samband.toml`` that ``samband init`` writes."""

from __future__ import annotations

from samband.deployment.network_settings import Hosts, Listen, Media
from samband.deployment.policies import ThrottlingPolicy
from samband.deployment.settings import Storage

DEFAULT_STORAGE = Storage().url

_TEMPLATE = """\
# Samband: one site. Every setting has its default; a wrong one is refused at start, by name.

[organisation]
name = {name}
domain = {domain}          # mail, SIP and sign-in domain; realm of server-to-server OAuth
# smtp_domains = []               # further mail domains (no wildcards)
# sip_domains = []                # further SIP domains
# netbios = "CONTOSO"             # for DOMAIN\\name; default: first label of domain
time_zone = "UTC"                 # IANA name; mailboxes start with it
language = {language}                   # of new mailboxes' default folders: en, da, de, es, fr, nb, nl, sv

[roles]
exchange = true                   # the mailbox side: EWS, Autodiscover, SMTP
lync = true                       # the communications side: SIP, web tickets, discovery
directory = "embedded"

[listen]
address = {address}           # loopback until you say otherwise
https = {https}
http = {http}                         # all but https and sip_tls may be "off"
smtp = {smtp}
submission = {submission}                  # people send mail here: STARTTLS and sign-in
submissions = {submissions}                 # the same under TLS from the first byte
sip_tls = {sip_tls}
sip_tcp = {sip_tcp}
sip_udp = {sip_udp}
sip_servers = {sip_servers}                # trusted applications (OWA) come here, by mutual TLS; "off": no IM in OWA
sip_federation = {sip_federation}            # a port: other organisations' servers come here (see samband federation)
dns = {dns}                       # a port: a name server for the domains above, where no other holds them

[hosts]                           # names that stand in the certificates
{hosts}

[storage]
url = {storage}         # or postgresql://user@host/database
blobs = "blobs"

[trust]
http = ["ntlm", "basic"]          # NTLM keeps NT hashes; take it out to keep none
sip = ["tls-dsk", "ntlm", "digest"]
# server_certificate = "keys/public.pem"  # chain and key of one you bought; else the site issues its own
# kerberos_keytab = "keys/krb5.keytab"  # then sip may have "kerberos", and "negotiate" takes tickets too
# kerberos_realm = "CORP.EXAMPLE.TEST"  # where it is not the domain in upper case
digest_algorithms = ["MD5"]       # of plain SIP clients; "SHA-256" too where none of them gives up at it, as many do

[passwords]
maximum_age_days = 0              # after so many days a new one must be set; 0: never

[oauth]                           # the Lync side's way to Exchange (step 4; and: samband partner add)
exchange_autodiscover_url = "own" # this site's; or https://HOST/autodiscover/autodiscover.svc; or "" for none

[user_services]
ucs_allowed = {ucs_allowed}                # contact lists move into mailboxes (unified contact store)
# ucs_delay = 600                 # seconds after sign-in
server_conversation_history = true # IM is written into mailboxes, missed IM too
# ucs_subscriptions = "accepted"  # or "refused" (488): clients hear of changes from the mailbox alone

[client_policy]                   # what clients show of people, as Set-CsClientPolicy has it
display_photo = "AllPhotos"       # or "PhotosFromADOnly", or "NoPhoto"
# disable_calendar_presence = false   # calendars stay out of presence
# disable_free_busy_info = false
# disable_meeting_subject_and_location = false
# maximum_number_of_contacts = 1000
# address_book_availability = "WebSearchOnly"  # or "off": clients search over SIP alone

[conferencing_policy]             # meetings, as Set-CsConferencingPolicy has it; see docs/meetings.md
# allow_anonymous_participants = true # people without an account may join by a meeting's link
# max_guests_a_meeting = 100
# max_guests = 1000

[mail]                            # to other organisations; see docs/mail.md
outbound = "off"                  # or "smarthost" (all to one server), or "mx" (to each domain's own)
# smarthost = "mail.example.org:587"
# smarthost_user = ""             # its password: smarthost_password_file, or SAMBAND_SMARTHOST_PASSWORD
# tls = "opportunistic"           # or "required", or "implicit" (port 465)
# max_message = 36700160          # bytes of a message that comes in

[media]                           # sound and pictures of meetings in the browser; see docs/media.md
janus = {janus}                        # "http://127.0.0.1:8088/janus"; "": meetings are held in writing
{janus_secret_file}
{janus_room_key_file}
{turn}
{turn_secret_file}
# turn_lifetime = 28800           # seconds for which credentials are good

[dns]                             # step 1: samband dns plan, publish, check
resolver = {resolver}                     # "own" (listen.dns), or ADDRESS:PORT; "": the machine's
update_server = {resolver}                # "own", or ADDRESS:PORT of the server that takes signed updates
# address = ""                    # that names lead to; "": where the site listens
# ttl = 3600                      # seconds
# tsig_name = "samband"           # the key that signs updates; hmac-sha256, base64 in the file:
# tsig_secret_file = "keys/tsig.key"

[throttling]                      # what one caller may take of the mailbox side; 0: no limit
ews_max_concurrency = {throttling.ews_max_concurrency}          # requests at a time
ews_hanging_connections = {throttling.ews_hanging_connections}      # streaming connections at a time
ews_max_subscriptions = {throttling.ews_max_subscriptions}
ews_max_burst = {throttling.ews_max_burst}            # milliseconds of work in one go
ews_recharge_rate = {throttling.ews_recharge_rate}        # milliseconds of work that an hour gives back
ews_cutoff_balance = {throttling.ews_cutoff_balance}      # milliseconds overdrawn where the caller must wait

[registrar]
sign_ins_per_second = 200         # who comes faster, as after a restart, is told when to come again; 0: no limit

[sip_websocket]                   # SIP for web pages, at /sip of https and http
enabled = true
origins = []                      # of pages beside the site's own, as "https://phone.example.org"; "*": any

[log]
level = "info"
format = "text"                   # or "json"
"""


def site_text(
    name: str,
    domain: str,
    listen: Listen,
    *,
    storage: str = DEFAULT_STORAGE,
    ucs_allowed: bool = True,
    language: str = "en",
    throttling: ThrottlingPolicy | None = None,
    media: Media | None = None,
) -> str:
    """A complete file for ``name`` and ``domain`` that listens as ``listen`` says.

    ``ucs_allowed``: contact lists move into mailboxes by themselves. ``language``: a tag, of new mailboxes.
    """
    hosts, media = Hosts().complete(domain), media or Media()
    return _TEMPLATE.format(
        name=_string(name),
        domain=_string(domain),
        language=_string(language),
        throttling=throttling or ThrottlingPolicy(),
        address=_string(listen.address),
        https=listen.https,
        http=_port(listen.http),
        smtp=_port(listen.smtp),
        submission=_port(listen.submission),
        submissions=_port(listen.submissions),
        sip_tls=listen.sip_tls,
        sip_tcp=_port(listen.sip_tcp),
        sip_udp=_port(listen.sip_udp),
        sip_servers=_port(listen.sip_servers),
        sip_federation=_port(listen.sip_federation),
        dns=_port(listen.dns),
        resolver=_string("" if listen.dns == "off" else "own"),
        ucs_allowed="true" if ucs_allowed else "false",
        storage=_string(storage),
        janus=_string(media.janus),
        janus_secret_file=_set("janus_secret_file", media.janus_secret_file, "keys/janus.secret", "its api_secret"),
        janus_room_key_file=_set(
            "janus_room_key_file",
            media.janus_room_key_file,
            "keys/janus-rooms.key",
            "admin_key of its VideoRoom plugin",
        ),
        turn=_turn(media.turn),
        turn_secret_file=_set(
            "turn_secret_file", media.turn_secret_file, "keys/turn.secret", "their static-auth-secret"
        ),
        hosts="\n".join(f"{field} = {_string(getattr(hosts, field))}" for field in hosts.__struct_fields__),
    )


def _set(name: str, value: str, example: str, meaning: str) -> str:
    """A setting as it is, or as a comment that shows what it may be."""
    return f"{name} = {_string(value)}" if value else f"# {name} = {_string(example)}  # {meaning}"


def _turn(urls: tuple[str, ...]) -> str:
    if not urls:
        return '# turn = ["turn:turn.example.org:3478"]  # coturn with use-auth-secret, for browsers and Lync clients'
    return f"turn = [{', '.join(map(_string, urls))}]"


def _port(value: int | str) -> str:
    return _string(value) if isinstance(value, str) else str(value)


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
