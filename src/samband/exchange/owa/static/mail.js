// Mail: folders, the list of one, one message, writing.

import { attempt, face, get, make, note, post, when } from "./api.js";

const PAGE = 50;
const list = document.querySelector("#list ol");
const more = document.querySelector("#list .more");
const reading = document.getElementById("reading");
let folders = [];
let here = null;
let open = 0;
let shown = PAGE;
let waiting = null;

export async function show() {
  if (!folders.length) await refresh();
}

// Something in the mailbox changed: read again what is shown, once for many changes.
export function changed(change) {
  if (!folders.length || (change.folder && !folders.some((one) => one.id === change.folder || one.id === change.from))) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => attempt(refresh), 150);
}

async function refresh() {
  folders = await get("folders");
  here = folders.find((one) => one.id === here?.id) || folders[0];
  const unread = folders.find((one) => one.role === "inbox")?.unread;
  document.title = unread ? `(${unread}) Samband` : "Samband";
  document.querySelector("#folders ul").replaceChildren(...folders.map((folder) => {
    const button = make("button", { type: "button", onclick: () => enter(folder) },
      make("span", { className: folder.depth ? "deep" : "", textContent: folder.name }),
      make("span", { className: "unread", textContent: folder.unread || "" }));
    return make("li", { className: folder.id === here.id ? "here" : "" }, button);
  }));
  await read();
}

function enter(folder) {
  here = folder;
  open = 0;
  shown = PAGE;
  reading.replaceChildren(make("p", { className: "empty", textContent: "Select a message to read it." }));
  attempt(refresh);
}

async function read() {
  const page = await get("messages", { folder: here.id, count: shown });
  document.querySelector("#list h2").textContent = here.name;
  document.querySelector("#list .count").textContent = page.total === 1 ? "1 message" : `${page.total} messages`;
  list.replaceChildren(...page.messages.map(row));
  if (!page.messages.length) list.append(make("p", { className: "empty", textContent: "This folder is empty." }));
  more.hidden = page.messages.length >= page.total || shown >= 200;
}

more.addEventListener("click", () => {
  shown = Math.min(shown + PAGE, 200);
  attempt(read);
});

function row(message) {
  const sent = ["sentitems", "drafts"].includes(here.role);
  const who = sent ? message.to || "(no recipient)" : message.from?.name || "(no sender)";
  const line = make("li", { tabIndex: 0, className: `${message.read ? "" : "unread"} ${message.id === open ? "here" : ""}` },
    face(sent ? "" : message.from?.address, who),
    make("div", {},
      make("div", { className: "line" }, make("span", { className: "from", textContent: who }), make("time", { textContent: when(message.received) })),
      make("div", { className: "line" }, make("span", { className: "subject", textContent: message.subject || "(no subject)" }),
        message.attachments ? make("span", { title: "Has attachments", textContent: "\u{1F4CE}" }) : null,
        message.important ? make("span", { className: "error", title: "Important", textContent: "!" }) : null),
      make("div", { className: "preview", textContent: message.preview })));
  line.addEventListener("click", () => attempt(() => look(message)));
  line.addEventListener("keydown", (event) => event.key === "Enter" && attempt(() => look(message)));
  return line;
}

async function look(message) {
  open = message.id;
  const whole = await get("message", { id: message.id });
  if (open !== message.id) return;
  reading.replaceChildren(head(whole), make("iframe", { title: "Message", src: `/owa/api/body?id=${message.id}` }));
  for (const line of list.children) line.classList.remove("here");
  if (!message.read) await post("mark", { id: message.id, read: true });
  else await read();
}

function head(message) {
  const tool = (text, work) => make("button", { type: "button", onclick: work }, text);
  const names = (people) => people.map((one) => one.name).join("; ");
  return make("header", {},
    make("h2", { textContent: message.subject || "(no subject)" }),
    make("div", { className: "sender" },
      face(message.from?.address, message.from?.name),
      make("div", {},
        make("b", { textContent: message.from?.name || "" }), " ",
        make("span", { className: "quiet", textContent: message.from?.address || "" }),
        make("div", { className: "quiet", textContent: `To: ${names(message.to)}${message.cc.length ? `   Cc: ${names(message.cc)}` : ""}` })),
      make("time", { className: "quiet", textContent: new Date(message.received).toLocaleString() })),
    message.meeting ? invitation(message) : null,
    message.files.length ? make("div", { className: "files" }, ...message.files.map((file) => make("a", {
      href: `/owa/api/attachment?id=${file.id}`, textContent: `${file.name} (${Math.ceil(file.size / 1024)} KB)`, download: file.name,
    }))) : null,
    make("div", { className: "tools" },
      tool("Reply", () => write("reply", message)),
      tool("Reply all", () => write("reply-all", message)),
      tool("Forward", () => write("forward", message)),
      tool("Mark as unread", () => attempt(() => post("mark", { id: message.id, read: false }))),
      tool("Delete", () => attempt(() => remove(message)))));
}

function invitation(message) {
  const { start, end, location, join, answered } = message.meeting;
  const answer = (kind, text) => make("button", {
    type: "button",
    onclick: () => attempt(async () => {
      await post("respond", { id: message.id, answer: kind });
      note("Your answer was sent.");
    }),
  }, text);
  const open = message.kind === "MeetingRequest" && !answered;
  return make("div", { className: "meeting" },
    make("div", { textContent: `${new Date(start).toLocaleString()} \u2013 ${new Date(end).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}` }),
    location ? make("div", { className: "quiet", textContent: location }) : null,
    join ? make("a", { href: join, target: "_blank", rel: "noopener", textContent: "Join online meeting" }) : null,
    open ? make("div", { className: "tools" }, answer("accept", "Accept"), answer("tentative", "Tentative"), answer("decline", "Decline")) : null);
}

async function remove(message) {
  await post("delete", { id: message.id });
  if (open === message.id) reading.replaceChildren(make("p", { className: "empty", textContent: "Select a message to read it." }));
  open = 0;
}

document.getElementById("new-mail").addEventListener("click", () => write("new"));

// The form for a message; `to` for one that begins with a recipient.
export function write(kind, about = null, to = "") {
  const subjects = { reply: "RE: ", "reply-all": "RE: ", forward: "FW: " };
  const bare = (about?.subject || "").replace(/^((re|fw|fwd):\s*)+/i, "");
  const field = (text, name, value) => make("label", {}, text, make("input", { name, value, autocomplete: "off" }));
  const text = make("textarea", { name: "text", placeholder: "Write your message" });
  const form = make("form", { className: "sheet" },
    field("To", "to", kind.startsWith("reply") ? about.from?.address || "" : to),
    field("Cc", "cc", kind === "reply-all" ? about.cc.map((one) => one.address).join("; ") : ""),
    field("Subject", "subject", about ? subjects[kind] + bare : ""),
    text,
    make("div", { className: "tools" },
      make("button", { type: "submit", className: "primary" }, "Send"),
      make("button", { type: "button", onclick: () => (about ? attempt(() => look({ ...about, read: true })) : enter(here)) }, "Discard")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    attempt(async () => {
      const letter = Object.fromEntries(new FormData(form));
      await post("send", { ...letter, kind, answers: about?.id || 0 });
      note("Sent");
      open = 0;
      reading.replaceChildren(make("p", { className: "empty", textContent: "Your message is on its way." }));
    }).finally(() => { button.disabled = false; });
  });
  location.hash = "#mail";
  reading.replaceChildren(form);
  (kind.startsWith("reply") ? text : form.elements.to).focus();
}
