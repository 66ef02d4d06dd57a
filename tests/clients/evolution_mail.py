"""Mail of evolution-ews, by Camel. Run with Debian's own Python beside ``evolution_child``."""

import gi

gi.require_version("Camel", "1.2")
from gi.repository import Camel, Gio  # noqa: E402

_FLAGS = {"read": Camel.MessageFlags.SEEN, "flagged": Camel.MessageFlags.FLAGGED}


class _Session(Camel.Session):
    """A session whose services all have one password."""

    password = ""

    def do_authenticate_sync(self, service, mechanism, cancellable):
        service.set_password(self.password)
        return service.authenticate_sync(mechanism, cancellable) == Camel.AuthenticationResult.ACCEPTED


class Mail:
    """The store and the transport of an account whose source is ``uid``, with its ``settings``."""

    def __init__(self, home, uid, settings, user, password):
        Camel.init(home, False)
        self._session = _Session(user_data_dir=f"{home}/mail", user_cache_dir=f"{home}/mail-cache")
        self._session.password = password
        self._session.set_online(True)
        self._uid = uid
        self._user = user
        self._settings = settings
        self._store = self._service(Camel.ProviderType.STORE, uid)
        self._transport = None

    def _service(self, kind, uid):
        service = self._session.add_service(uid, "ews", kind)
        own = service.ref_settings()
        for name in ("hosturl", "email"):
            own.set_property(name, self._settings.get_property(name))
        own.set_property("user", self._user)
        own.set_property("auth-mechanism", "NTLM")
        service.connect_sync(None)
        return service

    def role(self, name):
        """What a folder is for, by Camel's word, such as TRASH; None where there is no such folder."""
        found = self._store.get_folder_info_sync(name, Camel.StoreGetFolderInfoFlags(0), None)
        if found is None:
            return None
        of = {"INBOX", "TRASH", "JUNK", "SENT", "DRAFTS", "OUTBOX"}
        kind = found.flags & Camel.FOLDER_TYPE_MASK
        return next((one for one in of if kind == getattr(Camel.FolderInfoFlags, f"TYPE_{one}")), "NORMAL")

    def _folder(self, name):
        folder = self._store.get_folder_sync(name, Camel.StoreGetFolderFlags(0), None)
        folder.refresh_info_sync(None)
        return folder

    def messages(self, name):
        """Every message of a folder as its list shows it, by what Camel knows it by."""
        folder = self._folder(name)
        found = {}
        for uid in folder.get_uids():
            info = folder.get_message_info(uid)
            flags = info.get_flags()
            marks = {mark: bool(flags & bit) for mark, bit in _FLAGS.items()}
            found[uid] = {"subject": info.get_subject(), "from": info.get_from(), "to": info.get_to(), **marks}
            found[uid]["attached"] = bool(flags & Camel.MessageFlags.ATTACHMENTS)
        return found

    def read(self, name, uid):
        """The whole source of a message."""
        return _written(self._folder(name).get_message_sync(uid, None))

    def mark(self, name, uid, **marks):
        """Set marks of a message, and tell the server."""
        folder = self._folder(name)
        for mark, said in marks.items():
            folder.set_message_flags(uid, _FLAGS[mark], _FLAGS[mark] if said else Camel.MessageFlags(0))
        folder.synchronize_sync(False, None)

    def move(self, name, uid, target, keep):
        """Move or copy a message."""
        self._folder(name).transfer_messages_to_sync([uid], self._folder(target), not keep, None)

    def remove(self, name, uid):
        """Delete a message and expunge."""
        folder = self._folder(name)
        folder.set_message_flags(uid, Camel.MessageFlags.DELETED, Camel.MessageFlags.DELETED)
        folder.synchronize_sync(True, None)

    def send(self, source, to):
        """Send a message, given whole."""
        if self._transport is None:
            self._transport = self._service(Camel.ProviderType.TRANSPORT, f"{self._uid}-transport")
        message = Camel.MimeMessage()
        parser = Gio.MemoryInputStream.new_from_data(source.encode(), None)
        message.construct_from_input_stream_sync(parser, None)
        sender, receivers = Camel.InternetAddress(), Camel.InternetAddress()
        sender.add("", self._user)
        for one in to:
            receivers.add("", one)
        self._transport.send_to_sync(message, sender, receivers, None)


def _written(message):
    stream = Gio.MemoryOutputStream.new_resizable()
    message.write_to_output_stream_sync(stream, None)
    stream.close(None)
    return stream.steal_as_bytes().get_data().decode(errors="replace")
