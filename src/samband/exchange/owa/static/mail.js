// Mail: folders, the list of one or of what was looked for, one message.

import { attempt, face, get, make, note, post, when } from "./api.js";
import { shown as files } from "./attachments.js";
import { lasts } from "./dates.js";
import { card } from "./person.js";
import { goOn, leave, write } from "./write.js";

const PAGE = 50;
const list = document.querySelector("#list ol");
const more = document.querySelector("#list .more");
const reading = document.getElementById("reading");
const place = document.getElementById("mail");
const words = document.querySelector("#search input");
const SELECT = "Select a message to read it.";
let folders = [];
let here = null;
let open = 0;
let shown = PAGE;
let waiting = null;
// What the lists show now: they are drawn anew only where that changes, so that focus and pointer stay where they are.
let drawn = "";
let hung = "";

export async function show() {
  await refresh();
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
  if (!place.hidden) document.title = unread ? `(${unread}) Samband` : "Samband";
  const looking = words.value.trim() !== "";
  const wanted = JSON.stringify([folders.map(({ id, name, depth, unread }) => [id, name, depth, unread]), here.id, looking]);
  if (wanted !== hung) {
    hung = wanted;
    document.querySelector("#folders ul").replaceChildren(...folders.map((folder) => entry(folder, !looking && folder.id === here.id)));
  }
  await read();
}

function entry(folder, shows) {
  const button = make("button", { type: "button", onclick: () => enter(folder) },
    make("span", { className: folder.depth ? "deep" : "", textContent: folder.name }),
    make("span", { className: "unread", textContent: folder.unread || "" }));
  if (shows) button.setAttribute("aria-current", "true");
  return make("li", { className: shows ? "here" : "" }, button);
}

function enter(folder) {
  attempt(async () => {
    await leave();
    here = folder;
    words.value = "";
    shown = PAGE;
    clear();
    await refresh();
  });
}

// No message is read; `text` says what happened to the one before.
function clear(text = SELECT) {
  open = 0;
  place.classList.remove("reads");
  reading.replaceChildren(make("p", { className: "empty", textContent: text }));
}

document.addEventListener("written", (event) => clear(event.detail));
document.getElementById("back").addEventListener("click", () => attempt(async () => {
  await leave();
  clear();
  await read();
}));

async function read() {
  const q = words.value.trim();
  const page = await get(q ? "search" : "messages", q ? { q, count: shown } : { folder: here.id, count: shown });
  if (q !== words.value.trim()) return;
  document.querySelector("#list h2").textContent = q ? "Found" : here.name;
  document.querySelector("#list .count").textContent = page.total === 1 ? "1 message" : `${page.total} messages`;
  more.hidden = page.messages.length >= page.total || shown >= 200;
  const wanted = JSON.stringify([page.messages, here.id, q, open]);
  if (wanted === drawn) return;
  drawn = wanted;
  const focused = document.activeElement?.dataset?.id;
  list.replaceChildren(...page.messages.map(row));
  stop(list.querySelector(".here") || list.firstElementChild);
  if (focused) list.querySelector(`[data-id="${focused}"]`)?.focus();
  document.querySelector("#list .empty")?.remove();
  if (!page.messages.length) list.after(make("p", { className: "empty", textContent: q ? "Nothing was found." : "This folder is empty." }));
}

words.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    shown = PAGE;
    attempt(refresh);
  }, 300);
});
document.getElementById("search").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(refresh);
});

more.addEventListener("click", () => {
  shown = Math.min(shown + PAGE, 200);
  attempt(read);
});

function row(message) {
  const sent = message.draft || (!words.value.trim() && here.role === "sentitems");
  const who = sent ? message.to || "(no recipient)" : message.from?.name || "(no sender)";
  const subject = message.subject || "(no subject)";
  const line = make("li", {
    tabIndex: -1, role: "option", ariaSelected: String(message.id === open),
    className: `${message.read ? "" : "unread"} ${message.id === open ? "here" : ""}`,
    ariaLabel: [message.read ? "" : "Unread", message.draft ? "Draft" : "", who, subject, when(message.received),
      message.attachments ? "has attachments" : "", message.important ? "important" : "", message.folder].filter(Boolean).join(", "),
  },
    face(sent ? "" : message.from?.address, who),
    make("div", {},
      make("div", { className: "line" }, make("span", { className: "from", textContent: who }), make("time", { textContent: when(message.received) })),
      make("div", { className: "line" }, make("span", { className: "subject", textContent: subject }),
        message.attachments ? make("span", { className: "clip quiet", title: "Has attachments" }) : null,
        message.important ? make("span", { className: "error", title: "Important", textContent: "!" }) : null,
        message.folder ? make("span", { className: "quiet", textContent: message.folder }) : null),
      make("div", { className: "preview", textContent: message.preview })));
  line.dataset.id = message.id;
  line.addEventListener("click", () => attempt(() => look(message)));
  line.addEventListener("keydown", (event) => press(event, line, message));
  line.addEventListener("focus", () => stop(line));
  return line;
}

// The list is one stop of the Tab key, at the line that was there last.
function stop(line) {
  for (const one of list.querySelectorAll("[tabindex='0']")) one.tabIndex = -1;
  if (line) line.tabIndex = 0;
}

// The list by keyboard: up and down, to its ends, Enter to read, Delete to delete.
function press(event, line, message) {
  const beside = { ArrowDown: line.nextElementSibling, ArrowUp: line.previousElementSibling, Home: list.firstElementChild, End: list.lastElementChild }[event.key];
  if (beside) beside.focus();
  else if (event.key === "Enter") attempt(() => look(message));
  else if (event.key === "Delete") {
    (line.nextElementSibling || line.previousElementSibling)?.focus();
    attempt(() => remove(message));
  } else return;
  event.preventDefault();
}

async function look(message) {
  await leave();
  open = message.id;
  const whole = await get("message", { id: message.id });
  if (open !== message.id) return;
  place.classList.add("reads");
  if (whole.draft) {
    goOn(whole);
    await read();
    return;
  }
  reading.replaceChildren(head(whole), make("iframe", { title: "Message", src: `/owa/api/body?id=${message.id}` }));
  if (!message.read) await post("mark", { id: message.id, read: true });
  else await read();
}

function head(message) {
  const tool = (text, work) => make("button", { type: "button", onclick: work }, text);
  const who = (one) => (one ? make("button", { type: "button", className: "plain name", title: one.address, onclick: () => attempt(() => card(one)) }, one.name || one.address) : "");
  const names = (words, people) => (people.length ? make("div", { className: "quiet" }, words, ...people.map(who)) : null);
  return make("header", {},
    make("h2", { textContent: message.subject || "(no subject)" }),
    make("div", { className: "sender" },
      face(message.from?.address, message.from?.name),
      make("div", {},
        make("b", {}, who(message.from)), " ",
        make("span", { className: "quiet", textContent: message.from?.address === message.from?.name ? "" : message.from?.address || "" }),
        names("To: ", message.to), names("Cc: ", message.cc)),
      make("time", { className: "quiet", textContent: new Date(message.received).toLocaleString() })),
    message.meeting ? invitation(message) : null,
    files(message.files),
    make("div", { className: "tools" },
      tool("Reply", () => write("reply", message)),
      tool("Reply all", () => write("reply-all", message)),
      tool("Forward", () => write("forward", message)),
      mover(message),
      tool("Mark as unread", () => attempt(() => post("mark", { id: message.id, read: false }))),
      tool("Delete", () => attempt(() => remove(message)))));
}

function invitation(message) {
  const { location, join, answered, outOfDate, conflicts } = message.meeting;
  const answer = (kind, text) => make("button", {
    type: "button",
    onclick: () => attempt(async () => {
      await post("respond", { id: message.id, answer: kind });
      note("Your answer was sent.");
      if (open === message.id) clear();
    }),
  }, text);
  const open = message.kind === "MeetingRequest" && !answered && !outOfDate;
  return make("div", { className: "meeting" },
    make("div", { textContent: lasts(message.meeting) }),
    outOfDate ? make("div", { className: "error", textContent: "The organizer sent another word on this meeting since." }) : null,
    conflicts.length ? make("div", { className: "error", textContent: `At the same time: ${conflicts.map((one) => one || "(no subject)").join("; ")}` }) : null,
    location ? make("div", { className: "quiet", textContent: location }) : null,
    join ? make("a", { href: join, target: "_blank", rel: "noopener", textContent: "Join online meeting" }) : null,
    open ? make("div", { className: "tools" }, answer("accept", "Accept"), answer("tentative", "Tentative"), answer("decline", "Decline")) : null);
}

function mover(message) {
  const choice = make("select", { ariaLabel: "Move to a folder" }, make("option", { value: "", textContent: "Move to\u2026" }),
    ...folders.filter((folder) => folder.name !== message.folder && (words.value.trim() || folder.id !== here.id)).map((folder) =>
      make("option", { value: folder.id, textContent: `${"\u2003".repeat(folder.depth)}${folder.name}` })));
  choice.addEventListener("change", () => attempt(async () => {
    const folder = folders.find((one) => one.id === Number(choice.value));
    await post("move", { id: message.id, folder: folder.id });
    note(`Moved to ${folder.name}`);
    if (open === message.id) clear();
  }));
  return choice;
}

async function remove(message) {
  await post("delete", { id: message.id });
  if (open === message.id) clear();
}

const begin = () => attempt(async () => {
  await leave();
  write("new");
});
document.getElementById("new-mail").addEventListener("click", begin);

// Letters, where nothing is being typed: N for a new message, and for the one that is read R to answer it, Shift+R to
// answer all, Shift+F to send it on, U to mark it as unread.
const KEYS = { r: "Reply", R: "Reply all", F: "Forward", u: "Mark as unread" };
place.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, textarea, select")) return;
  if (event.key === "n") begin();
  else if (event.key in KEYS) [...reading.querySelectorAll(".tools button")].find((one) => one.textContent === KEYS[event.key])?.click();
  else return;
  event.preventDefault();
});
