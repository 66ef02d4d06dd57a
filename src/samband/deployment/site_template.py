"""The commented ``samband.toml`` that ``samband init`` writes."""

from __future__ import annotations

from samband.deployment.settings import Hosts, Listen

_TEMPLATE = """\
# Samband: one site. Every setting has its default; a wrong one is refused at start, by name.

[organisation]
name = {name}
domain = {domain}          # mail, SIP and sign-in domain; realm of server-to-server OAuth
# smtp_domains = []               # further mail domains (no wildcards)
# sip_domains = []                # further SIP domains
# netbios = "CONTOSO"             # for DOMAIN\\\\name; default: first label of domain
time_zone = "UTC"                 # IANA name; mailboxes start with it

[roles]
exchange = true                   # the mailbox side: EWS, Autodiscover, SMTP
lync = true                       # the communications side: SIP, web tickets, discovery
directory = "embedded"

[listen]
address = {address}           # loopback until you say otherwise
https = {https}
http = {http}                         # leave away http, smtp, sip_tcp or sip_udp = no such listener
smtp = {smtp}
sip_tls = {sip_tls}
sip_tcp = {sip_tcp}
sip_udp = {sip_udp}

[hosts]                           # names that stand in the certificates
{hosts}

[storage]
url = "sqlite:samband.db"         # or postgresql://user@host/database
blobs = "blobs"

[trust]
http = ["ntlm", "basic"]          # NTLM keeps NT hashes; take it out to keep none
sip = ["tls-dsk", "ntlm", "digest"]

[oauth]                           # the Lync side's way to Exchange (step 4; and: samband partner add)
exchange_autodiscover_url = {autodiscover_url}

[owa]                             # the OWA virtual directory (step 5)
instant_messaging_enabled = true
instant_messaging_type = "None"   # "OCS" switches instant messaging on
instant_messaging_server_name = ""

[log]
level = "info"
format = "text"                   # or "json"
"""


def site_text(name: str, domain: str, listen: Listen) -> str:
    """A complete file for ``name`` and ``domain`` that listens as ``listen`` says."""
    hosts = Hosts().complete(domain)
    port = "" if listen.https in (0, 443) else f":{listen.https}"
    lines = _without_absent(_TEMPLATE, listen)
    return lines.format(
        name=_string(name),
        domain=_string(domain),
        address=_string(listen.address),
        https=listen.https,
        http=listen.http,
        smtp=listen.smtp,
        sip_tls=listen.sip_tls,
        sip_tcp=listen.sip_tcp,
        sip_udp=listen.sip_udp,
        hosts="\n".join(f"{field} = {_string(getattr(hosts, field))}" for field in hosts.__struct_fields__),
        autodiscover_url=_string(f"https://{hosts.autodiscover}{port}/autodiscover/autodiscover.svc"),
    )


def _without_absent(template: str, listen: Listen) -> str:
    absent = [f"{field} = " for field in ("http", "smtp", "sip_tcp", "sip_udp") if getattr(listen, field) is None]
    return "".join(line for line in template.splitlines(keepends=True) if not line.startswith(tuple(absent) or "\0"))


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
