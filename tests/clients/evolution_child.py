"""evolution-data-server's libraries without a window: a command a line of JSON in, an answer a line of JSON on file 3.

Run by ``tests.clients.evolution`` with Debian's own Python, which has PyGObject; nothing of this repository can be
imported here. What can be asked stands in ``COMMANDS``.
"""

import ctypes
import json
import os
import sys
import time
import traceback

import gi

for _name, _version in (("EDataServer", "1.2"), ("ECal", "2.0"), ("EBook", "1.2"), ("EBookContacts", "1.2")):
    gi.require_version(_name, _version)
from evolution_mail import Mail  # noqa: E402
from gi.repository import EBook, EBookContacts, ECal, EDataServer, Gio, GLib, GObject, ICalGLib  # noqa: E402

_LIBRARY = "/usr/lib/evolution-ews/libevolution-ews.so"
_KINDS = {"Calendar": "EVENTS", "Task List": "TASKS", "Memo List": "MEMOS"}
_AUDIENCES = ("None", "Known", "All")
_STATES = ("Disabled", "Enabled", "Scheduled")
_AT_ONCE = 2**32 - 1
_PATIENCE = 60
_KEYRING = "org.freedesktop.secrets"


class Client:
    """One account of evolution-ews, whose collection source has the identifier ``samband``."""

    def __init__(self):
        self.registry = EDataServer.SourceRegistry.new_sync(None)
        self.account = None
        self._calendars = {}
        self._books = {}
        self._mail = None

    def sign_in(self, email, password, host, port, url, certificates):
        """Add the account as the assistant does: trust certificates (PEM by host), keep the password, add the source.

        The registry then finds the password, and authenticates by itself and once.
        """
        _wait_for(_KEYRING)
        source = self._new_account(email, host, port, url)
        trusted = source.get_extension(EDataServer.SOURCE_EXTENSION_WEBDAV_BACKEND)
        for name, pem in certificates.items():
            _trust(trusted, name, pem)
        source.store_password_sync(password, True, None)
        _, kept = source.lookup_password_sync(None)
        if kept != password:
            raise RuntimeError("the keyring does not keep the password")
        self.registry.commit_source_sync(source, None)
        self.account = self.registry.ref_source(source.get_uid())

    def _new_account(self, email, host, port, url):
        _library()
        source = EDataServer.Source.new_with_uid("samband", None)
        source.set_display_name("Samband")
        authentication = source.get_extension(EDataServer.SOURCE_EXTENSION_AUTHENTICATION)
        for name, value in (("host", host), ("port", port), ("method", "plain/password"), ("user", email)):
            authentication.set_property(name, value)
        collection = source.get_extension(EDataServer.SOURCE_EXTENSION_COLLECTION)
        collection.set_backend_name("ews")
        collection.set_identity(email)
        settings = source.get_extension("Ews Backend").get_settings()
        settings.set_property("hosturl", url)
        settings.set_property("email", email)
        return source

    def _user(self):
        return self.account.get_extension(EDataServer.SOURCE_EXTENSION_AUTHENTICATION).get_user()

    def sources(self):
        """The account's folders: display name to kind."""
        return {one.get_display_name(): kind for one in self._children() if (kind := _kind(one))}

    def _children(self):
        return [one for one in self.registry.list_sources(None) if one.get_parent() == self.account.get_uid()]

    def _source(self, name):
        return next(one for one in self._children() if one.get_display_name() == name and _kind(one))

    def writable(self, name):
        """Whether the server said that a folder may be written, which it is asked once the folder is open."""
        while GLib.MainContext.default().iteration(False):
            pass
        client = self._book(name) if _kind(self._source(name)) == "Address Book" else self._calendar(name)
        return not client.is_readonly()

    # --- calendars, task lists, memo lists ---

    def _calendar(self, name):
        if name not in self._calendars:
            source = self._source(name)
            kind = getattr(ECal.ClientSourceType, _KINDS[_kind(source)])
            self._calendars[name] = ECal.Client.connect_sync(source, kind, _AT_ONCE, None)
        return self._calendars[name]

    def components(self, calendar):
        """Every component of a calendar, as iCalendar text, after asking the server what is new."""
        client = self._calendar(calendar)
        client.refresh_sync(None)
        _, found = client.get_object_list_sync("#t", None)
        return [one.as_ical_string() for one in found]

    def create(self, calendar, component):
        """Make a component; its UID."""
        made = ICalGLib.Component.new_from_string(component)
        _, uid = self._calendar(calendar).create_object_sync(made, ECal.OperationFlags.NONE, None)
        return uid

    def modify(self, calendar, component, reach):
        """Change a component: ``reach`` is THIS, ALL or THIS_AND_FUTURE."""
        changed = ICalGLib.Component.new_from_string(component)
        self._calendar(calendar).modify_object_sync(
            changed, getattr(ECal.ObjModType, reach), ECal.OperationFlags.NONE, None
        )

    def remove(self, calendar, uid, recurrence, reach):
        """Delete a component, or one occurrence."""
        self._calendar(calendar).remove_object_sync(
            uid, recurrence, getattr(ECal.ObjModType, reach), ECal.OperationFlags.NONE, None
        )

    def receive(self, calendar, component):
        """Take in an iTIP message, as Evolution does when somebody presses Accept or Decline."""
        self._calendar(calendar).receive_objects_sync(
            ICalGLib.Component.new_from_string(component), ECal.OperationFlags.NONE, None
        )

    def free_busy(self, calendar, start, end, users):
        """VFREEBUSY components of ``users`` between two times in seconds."""
        found = self._calendar(calendar).get_free_busy_sync(start, end, users, None)
        return [one.get_icalcomponent().as_ical_string() for one in found[-1]]

    # --- address books ---

    def _book(self, name):
        if name not in self._books:
            self._books[name] = EBook.BookClient.connect_sync(self._source(name), _AT_ONCE, None)
        return self._books[name]

    def contacts(self, book, query):
        """The contacts that match an s-expression, as vCards."""
        client = self._book(book)
        client.refresh_sync(None)
        _, found = client.get_contacts_sync(query, None)
        return [one.to_string(EBookContacts.VCardFormat(1)) for one in found]

    def add_contact(self, book, card):
        """Make a contact; its UID."""
        contact = EBookContacts.Contact.new_from_vcard(card)
        _, uid = self._book(book).add_contact_sync(contact, EBookContacts.BookOperationFlags.NONE, None)
        return uid

    def modify_contact(self, book, card):
        contact = EBookContacts.Contact.new_from_vcard(card)
        self._book(book).modify_contact_sync(contact, EBookContacts.BookOperationFlags.NONE, None)

    def remove_contact(self, book, uid):
        self._book(book).remove_contact_by_uid_sync(uid, EBookContacts.BookOperationFlags.NONE, None)

    # --- mail ---

    def mail(self, action, password, **words):
        """What a method of ``evolution_mail.Mail`` answers; the first one signs in."""
        _library()
        if self._mail is None:
            settings = self.account.get_extension("Ews Backend").get_settings()
            self._mail = Mail(os.environ["HOME"], self.account.get_uid(), settings, self._user(), password)
        return getattr(self._mail, action)(**words)

    # --- what only evolution-ews' own library can do ---

    def discover(self, email, password, host, certificate):
        """Autodiscover as the account assistant does it, a certificate of ``host`` accepted; what was found."""
        settings = _settings()
        source = EDataServer.Source.new(None, None)
        source.get_extension(EDataServer.SOURCE_EXTENSION_AUTHENTICATION).set_user(email)
        _trust(source.get_extension(EDataServer.SOURCE_EXTENSION_WEBDAV_BACKEND), host, certificate)
        settings.set_property("user", email)
        pem, errors, error = ctypes.c_void_p(), ctypes.c_int(), ctypes.c_void_p()
        found = _call(
            "e_ews_autodiscover_ws_url_sync",
            ctypes.c_int,
            _pointer(source),
            _pointer(settings),
            email.encode(),
            password.encode(),
            ctypes.byref(pem),
            ctypes.byref(errors),
            None,
            ctypes.byref(error),
        )
        _check(found, error)
        return {name: settings.get_property(name) for name in ("hosturl", "oaburl")}

    def out_of_office(self, password):
        """The state of out of office, as the dialogue shows it."""
        _, oof = self._out_of_office(password)
        return {
            "state": _STATES[_call("e_ews_oof_settings_get_state", ctypes.c_int, oof)],
            "audience": _AUDIENCES[_call("e_ews_oof_settings_get_external_audience", ctypes.c_int, oof)],
            "internal": _text("e_ews_oof_settings_get_internal_reply", oof),
            "external": _text("e_ews_oof_settings_get_external_reply", oof),
        }

    def set_out_of_office(self, password, state, audience, internal, external):
        """Set it, as the dialogue does."""
        _, oof = self._out_of_office(password)
        _call("e_ews_oof_settings_set_state", None, oof, _STATES.index(state))
        _call("e_ews_oof_settings_set_external_audience", None, oof, _AUDIENCES.index(audience))
        _call("e_ews_oof_settings_set_internal_reply", None, oof, internal.encode())
        _call("e_ews_oof_settings_set_external_reply", None, oof, external.encode())
        error = ctypes.c_void_p()
        _check(_call("e_ews_oof_settings_submit_sync", ctypes.c_int, oof, None, ctypes.byref(error)), error)

    def _out_of_office(self, password):
        _library()
        settings = self.account.get_extension("Ews Backend").get_settings()
        url = settings.get_property("hosturl").encode()
        connection = _call("e_ews_connection_new", ctypes.c_void_p, _pointer(self.account), url, _pointer(settings))
        connection = ctypes.c_void_p(connection)
        _call("e_ews_connection_set_password", None, connection, password.encode())
        error = ctypes.c_void_p()
        oof = _call("e_ews_oof_settings_new_sync", ctypes.c_void_p, connection, None, ctypes.byref(error))
        _check(oof, error)
        return connection, ctypes.c_void_p(oof)


def _kind(source):
    return next((one for one in (*_KINDS, "Address Book") if source.has_extension(one)), None)


def _wait_for(name):
    """Until somebody on the bus owns ``name``; asking it sooner would make the bus start another one, locked."""
    bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
    words = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner")
    deadline = time.monotonic() + _PATIENCE
    while True:
        answer = bus.call_sync(*words, GLib.Variant("(s)", (name,)), None, Gio.DBusCallFlags.NONE, -1, None)
        if answer.unpack()[0]:
            return
        if time.monotonic() > deadline:
            raise RuntimeError(f"nobody owned {name} within {_PATIENCE} s")
        time.sleep(0.05)


def _trust(extension, host, pem):
    certificate = Gio.TlsCertificate.new_from_pem(pem, -1)
    extension.update_ssl_trust(host, certificate, EDataServer.TrustPromptResponse.ACCEPT)


_loaded = None


def _library():
    """evolution-ews' library, its settings known to ``EDataServer`` as the extension ``Ews Backend``."""
    global _loaded
    if _loaded is None:
        _loaded = ctypes.CDLL(_LIBRARY)
        _call("camel_ews_settings_get_type", ctypes.c_size_t)
        EDataServer.SourceCamel.generate_subtype("ews", GObject.GType.from_name("CamelEwsSettings"))
    return _loaded


def _settings():
    _library()
    return GObject.new(GObject.GType.from_name("CamelEwsSettings"))


def _call(name, result, *words):
    function = getattr(_library(), name) if _loaded is None else getattr(_loaded, name)
    function.restype = result
    return function(*words)


def _pointer(thing):
    return ctypes.c_void_p(hash(thing))


def _text(name, thing):
    found = _call(name, ctypes.c_char_p, thing)
    return (found or b"").decode()


class _Error(ctypes.Structure):
    _fields_ = (("domain", ctypes.c_uint32), ("code", ctypes.c_int), ("message", ctypes.c_char_p))


def _check(good, error):
    if not good:
        told = ctypes.cast(error, ctypes.POINTER(_Error)).contents.message if error.value else b"no reason"
        raise RuntimeError(told.decode())


COMMANDS = [name for name in vars(Client) if not name.startswith("_")]


def main():
    client = Client()
    with open(3, "w") as answers:
        for line in sys.stdin:
            words = json.loads(line)
            try:
                name = words.pop("do")
                answer = {"value": getattr(client, name if name in COMMANDS else "")(**words)}
            except Exception as error:
                answer = {"error": str(error), "trace": traceback.format_exc()}
            print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
