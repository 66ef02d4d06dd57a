/* What a person does in Thunderbird, by the modules that its windows call. Each action takes one object of words. */

const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { MsgHdrToMimeMessage } = ChromeUtils.importESModule("resource:///modules/gloda/MimeMessage.sys.mjs");
const setUp = name => ChromeUtils.importESModule(`resource:///modules/accountcreation/${name}.sys.mjs`)[name];

/** Every method that a listener of Thunderbird's may have; `end` names the one that ends and where its status stands. */
function listener(ends, interfaces) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const heard = new Proxy(
    { QueryInterface: ChromeUtils.generateQI(interfaces) },
    {
      get: (target, name) => {
        if (name in target) {
          return target[name];
        }
        return (...words) => {
          if (name in ends) {
            const status = words[ends[name]] ?? 0;
            if (Components.isSuccessCode(status)) {
              resolve(words);
            } else {
              reject(new Error(`${String(name)}: 0x${status.toString(16)}`));
            }
          }
        };
      },
    }
  );
  return { heard, promise };
}

const url = () => listener({ OnStopRunningUrl: 1, onStopRunningUrl: 1 }, ["nsIUrlListener"]);
const copy = () => listener({ onStopCopy: 0, OnStopCopy: 0 }, ["nsIMsgCopyServiceListener"]);

/** Passwords by address: Thunderbird forgets those of NTLM accounts now and then, and would ask in a dialogue. */
globalThis.passwords ??= {};

function account(email) {
  const found = MailServices.accounts.accounts.find(one => one.defaultIdentity?.email == email);
  if (!found) {
    throw new Error(`no account of ${email}`);
  }
  found.incomingServer.password = passwords[email];
  MailServices.outgoingServer.getServerByKey(found.defaultIdentity.smtpServerKey).password = passwords[email];
  return found;
}

function folder(email, path) {
  const root = account(email).incomingServer.rootFolder;
  return path.split("/").reduce((parent, name) => parent.getChildNamed(name), root);
}

function pathOf(one) {
  return one.parent.isServer ? one.name : `${pathOf(one.parent)}/${one.name}`;
}

/** What the parts of a message say, each as it is: plain text or HTML. */
function textOf(part) {
  return (part.body ?? "") + (part.parts ?? []).map(textOf).join("");
}

/** A message's whole source, as the server has it. */
function streamed(uri) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const parts = [];
  const heard = {
    QueryInterface: ChromeUtils.generateQI(["nsIStreamListener", "nsIRequestObserver"]),
    onStartRequest() {},
    onDataAvailable(request, stream, offset, count) {
      const reader = Cc["@mozilla.org/scriptableinputstream;1"].createInstance(Ci.nsIScriptableInputStream);
      reader.init(stream);
      parts.push(reader.readBytes(count));
    },
    onStopRequest: (request, status) =>
      Components.isSuccessCode(status) ? resolve(parts.join("")) : reject(new Error(`0x${status.toString(16)}`)),
  };
  MailServices.messageServiceFromURI(uri).streamMessage(uri, heard, null, null, false, "", false);
  return promise;
}

function header(email, path, subject) {
  const found = [...folder(email, path).messages].filter(one => one.mime2DecodedSubject == subject);
  if (found.length != 1) {
    throw new Error(`${found.length} messages "${subject}" in ${path}`);
  }
  return found[0];
}

const actions = {
  /** Know the demo's names and trust its authority. */
  async prepare({ hosts, ca }) {
    const names = Cc["@mozilla.org/network/native-dns-override;1"].getService(Ci.nsINativeDNSResolverOverride);
    for (const [host, address] of Object.entries(hosts)) {
      names.addIPOverride(host, address);
    }
    const certificate = ca.replace(/-----[A-Z ]+-----/g, "").replace(/\s/g, "");
    Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).addCertFromBase64(certificate, "C,,");
    return Services.appinfo.version;
  },

  /** The Account Hub's steps: discover, choose Exchange, verify by signing in, keep. */
  async setUp({ name, email, password, authentication }) {
    const going = new AbortController();
    const found = setUp("FindConfig").parallelAutoDiscovery(email.split("@")[1], email, going.signal, password);
    const { value: config } = await found.next();
    setUp("FindConfig").ewsifyConfig(config);
    setUp("AccountConfig").replaceVariables(config, name, email, password);
    config.incoming = [config.incoming, ...config.incomingAlternatives].find(({ type }) => type == "ews");
    if (authentication) {
      config.incoming.auth = Ci.nsMsgAuthMethod[authentication];
    }
    config.rememberPassword = true;
    const window = Services.wm.getMostRecentWindow("mail:3pane")?.msgWindow ?? null;
    const verifier = new (setUp("ConfigVerifier"))(window, going.signal);
    const verified = await verifier.verifyConfig(config, false);
    await setUp("CreateInBackend").createAccountInBackend(verified);
    passwords[email] = password;
    return { source: config.subSource, url: config.incoming.exchangeURL, authentication: config.incoming.auth };
  },

  /** Ask the server for its folders; their paths with the names of their roles. */
  async folders({ email }) {
    const root = account(email).incomingServer.rootFolder;
    const { heard, promise } = url();
    account(email).incomingServer.getNewMessages(root, null, heard);
    await promise;
    const roles = ["Inbox", "Drafts", "SentMail", "Trash", "Junk", "Queue", "Archive"];
    const roleOf = one => roles.filter(role => one.flags & Ci.nsMsgFolderFlags[role]);
    return Object.fromEntries(root.descendants.map(one => [pathOf(one), roleOf(one)]));
  },

  /** "Get Messages" for one folder, and what its list shows then. */
  async messages({ email, path }) {
    const { heard, promise } = url();
    folder(email, path).getNewMessages(null, heard);
    await promise;
    return [...folder(email, path).messages].map(one => ({
      subject: one.mime2DecodedSubject,
      author: one.mime2DecodedAuthor,
      to: one.mime2DecodedRecipients,
      read: one.isRead,
      flagged: one.isFlagged,
      size: one.messageSize,
      id: one.messageId,
      received: one.dateInSeconds,
    }));
  },

  /** Open a message: its headers, text and attachments as the reader shows them, and each attachment's bytes. */
  async read({ email, path, subject }) {
    const found = header(email, path, subject);
    const uri = found.folder.getUriForMsg(found);
    const source = await streamed(uri);
    const { promise, resolve } = Promise.withResolvers();
    MsgHdrToMimeMessage(found, null, (_, message) => resolve(message), true, { examineEncryptedParts: true });
    const message = await promise;
    return {
      headers: message.headers,
      text: textOf(message),
      attachments: message.allUserAttachments.map(one => ({ name: one.name, type: one.contentType, size: one.size })),
      source,
    };
  },

  /** Write a message and press Send: composed, sent, and filed in Sent by Thunderbird. */
  async send({ email, to, cc = "", bcc = "", subject, text, attachment }) {
    const { defaultIdentity: identity, key } = account(email);
    const fields = Cc["@mozilla.org/messengercompose/composefields;1"].createInstance(Ci.nsIMsgCompFields);
    const from = MailServices.headerParser.makeMimeAddress(identity.fullName, identity.email);
    Object.assign(fields, { from, to, cc, bcc, subject });
    if (attachment) {
      const part = Cc["@mozilla.org/messengercompose/attachment;1"].createInstance(Ci.nsIMsgAttachment);
      Object.assign(part, { name: attachment.name, url: `data:${attachment.type};base64,${attachment.base64}` });
      fields.addAttachment(part);
    }
    const sent = listener({ onStopSending: 1, onSendNotPerformed: 1 }, ["nsIMsgSendListener"]);
    const filed = listener({ onStopCopy: 0 }, ["nsIMsgCopyServiceListener"]);
    const both = new Proxy(
      { QueryInterface: ChromeUtils.generateQI(["nsIMsgSendListener", "nsIMsgCopyServiceListener"]) },
      { get: (target, name) => target[name] ?? (name == "onStopCopy" ? filed.heard : sent.heard)[name] }
    );
    const sender = Cc["@mozilla.org/messengercompose/send;1"].createInstance(Ci.nsIMsgSend);
    const now = Ci.nsIMsgCompDeliverMode.Now;
    const kind = Ci.nsIMsgCompType.New;
    const done = sender.createAndSendMessage(
      null, identity, key, fields, false, false, now, null, "text/plain", text, null, null, both, "", "", kind
    );
    await done;
    await Promise.all([sent.promise, filed.promise]);
  },

  /** Mark one message: `read` and `flagged` are set where given. */
  async mark({ email, path, subject, read, flagged }) {
    const found = header(email, path, subject);
    if (read !== undefined) {
      found.folder.markMessagesRead([found], read);
    }
    if (flagged !== undefined) {
      found.folder.markMessagesFlagged([found], flagged);
    }
  },

  /** Copy or move one message to another folder. */
  async copy({ email, path, subject, target, move }) {
    const found = header(email, path, subject);
    const { heard, promise } = copy();
    MailServices.copy.copyMessages(found.folder, [found], folder(email, target), move, heard, null, false);
    await promise;
  },

  /** Delete one message: into the trash, or for good. */
  async remove({ email, path, subject, good = false }) {
    const found = header(email, path, subject);
    const { heard, promise } = copy();
    found.folder.deleteMessages([found], null, good, false, heard, false);
    await promise;
  },

  /** Say of one message that it is junk, or that it is none. */
  async junk({ email, path, subject, junk }) {
    const found = header(email, path, subject);
    const { heard, promise } = copy();
    const command = Ci.nsMsgViewCommandType[junk ? "junk" : "unjunk"];
    found.folder.handleViewCommand(command, [found.messageKey], null, heard);
    await promise;
  },

  /** Make, rename or remove a folder below `path` (empty: the top). */
  async makeFolder({ email, path, name }) {
    const parent = path ? folder(email, path) : account(email).incomingServer.rootFolder;
    parent.createSubfolder(name, null);
  },
  async renameFolder({ email, path, name }) {
    folder(email, path).rename(name, null);
  },
  async removeFolder({ email, path }) {
    folder(email, path).deleteSelf(null);
  },
  async moveFolder({ email, path, target }) {
    const { heard, promise } = copy();
    MailServices.copy.copyFolder(folder(email, path), folder(email, target), true, heard, null);
    await promise;
  },
  async markAllRead({ email, path }) {
    folder(email, path).markAllMessagesRead(null);
  },
  async emptyTrash({ email }) {
    const { heard, promise } = url();
    account(email).incomingServer.rootFolder.emptyTrash(heard);
    await promise;
  },
};
