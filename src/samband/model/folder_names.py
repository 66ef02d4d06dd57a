"""What default folders are called in the languages that a site may choose for its mailboxes."""

from __future__ import annotations

_KEYS = (
    "inbox",
    "drafts",
    "sentitems",
    "outbox",
    "deleteditems",
    "junkemail",
    "calendar",
    "contacts",
    "tasks",
    "notes",
    "journal",
    "conversationhistory",
    "conflicts",
)

_ROWS = {
    "da": "Indbakke|Kladder|Sendt post|Udbakke|Slettet post|Uønsket mail|Kalender|Kontakter|Opgaver|Noter|Journal"
    "|Samtalehistorik|Konflikter",
    "de": "Posteingang|Entwürfe|Gesendete Elemente|Postausgang|Gelöschte Elemente|Junk-E-Mail|Kalender|Kontakte"
    "|Aufgaben|Notizen|Journal|Aufgezeichnete Unterhaltungen|Konflikte",
    "es": "Bandeja de entrada|Borradores|Elementos enviados|Bandeja de salida|Elementos eliminados"
    "|Correo no deseado|Calendario|Contactos|Tareas|Notas|Diario|Historial de conversaciones|Conflictos",
    "fr": "Boîte de réception|Brouillons|Éléments envoyés|Boîte d'envoi|Éléments supprimés|Courrier indésirable"
    "|Calendrier|Contacts|Tâches|Notes|Journal|Historique des conversations|Conflits",
    "nb": "Innboks|Kladd|Sendte elementer|Utboks|Slettede elementer|Søppelpost|Kalender|Kontakter|Oppgaver|Notater"
    "|Journal|Samtalelogg|Konflikter",
    "nl": "Postvak IN|Concepten|Verzonden items|Postvak UIT|Verwijderde items|Ongewenste e-mail|Agenda"
    "|Contactpersonen|Taken|Notities|Logboek|Gespreksgeschiedenis|Conflicten",
    "sv": "Inkorgen|Utkast|Skickat|Utkorgen|Borttaget|Skräppost|Kalender|Kontakter|Uppgifter|Anteckningar|Journal"
    "|Konversationshistorik|Konflikter",
}

_NAMES = {language: dict(zip(_KEYS, row.split("|"), strict=True)) for language, row in _ROWS.items()}

LANGUAGES = ("en", *sorted(_NAMES))
"""Languages with names of folders, as primary language tags [RFC5646 2.2.1]."""


def primary(language: str) -> str:
    """The primary language of a tag: ``da`` of ``da-DK``."""
    return language.replace("_", "-").partition("-")[0].lower()


def name_in(language: str, key: str, english: str) -> str:
    """What the default folder ``key`` is called in ``language`` (a tag); ``english`` where no other name is known."""
    return _NAMES.get(primary(language), {}).get(key, english)
