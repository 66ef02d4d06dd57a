// Writing: a form for a message, which is kept among the drafts while somebody writes it.

import { attempt, get, make, note, post, session } from "./api.js";
import { pane } from "./attachments.js";
import { suggests } from "./recipients.js";

const REST = 2000; // milliseconds without a keystroke, after which it is kept
const SUBJECTS = { reply: "RE: ", "reply-all": "RE: ", forward: "FW: " };
const FIELDS = [["To", "to"], ["Cc", "cc"], ["Bcc", "bcc"], ["Subject", "subject"]];
const reading = document.getElementById("reading");
let sheet = null;

const typed = (people) => (people || []).map((one) => one.address || one.name).join("; ");

// Everybody else who got a message.
function others(about) {
  const known = [session.email, session.sip, about.from?.address].map((one) => (one || "").toLowerCase());
  return [...about.to, ...about.cc].filter((one) => !known.includes(one.address.toLowerCase()));
}

// A new message, or an answer to the message `about`; `to` for one that begins with a recipient.
export function write(kind, about = null, to = "") {
  const bare = (about?.subject || "").replace(/^((re|fw|fwd):\s*)+/i, "");
  show({ kind, answers: about?.id || 0, draft: 0 }, {
    to: kind.startsWith("reply") ? about.from?.address || "" : to,
    cc: kind === "reply-all" ? typed(others(about)) : "",
    subject: about ? SUBJECTS[kind] + bare : "",
  }, kind === "forward" ? about.files : []);
}

// Goes on with a draft, wherever it was begun.
export function goOn(draft) {
  show({ kind: "new", answers: 0, draft: draft.id }, {
    to: typed(draft.to), cc: typed(draft.cc), bcc: typed(draft.bcc), subject: draft.subject, text: draft.text,
  }, draft.files, draft);
}

function show(state, values, files, draft = null) {
  const text = make("textarea", { name: "text", placeholder: "Write your message", ariaLabel: "Message", value: values.text || "" });
  const said = make("span", { className: "quiet", role: "status" });
  const button = (words, work, more = {}) => make("button", { type: "button", onclick: work, ...more }, words);
  const own = { ...state, said, kept: "", rest: 0, work: Promise.resolve() };
  Object.assign(own, {
    queue: (work) => attempt(() => queue(own, work)), make: () => made(own, true), keep: (anew) => keep(own, anew),
  });
  own.files = pane(own, files);
  const form = make("form", { className: "sheet", ariaLabel: "Message" },
    ...FIELDS.map(([words, name]) => make("label", {}, words, make("input", { name, value: values[name] || "", autocomplete: "off" }))),
    own.files.list, own.files.choose,
    draft?.formatted ? make("p", { className: "quiet", textContent: "This draft is formatted. If you change its text, it is kept as plain text." }) : null,
    text,
    make("div", { className: "tools" },
      make("button", { type: "submit", className: "primary" }, "Send"), own.files.button,
      button("Save and close", () => attempt(async () => { await leave(); done("Your draft is kept."); })),
      button("Discard", () => attempt(discard)), said));
  own.form = form;
  own.kept = now(own);
  drops(form, own.files.add);
  for (const name of ["to", "cc", "bcc"]) suggests(form.elements[name]);
  form.addEventListener("input", () => {
    clearTimeout(own.rest);
    own.rest = setTimeout(() => attempt(() => keep(own)), REST);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => send(own));
  });
  form.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.ctrlKey) form.requestSubmit(); });
  sheet = own;
  location.hash = "#mail";
  document.getElementById("mail").classList.add("reads");
  reading.replaceChildren(form);
  (values.to ? text : form.elements.to).focus();
  text.setSelectionRange(0, 0);
}

function now(own) {
  return JSON.stringify(Object.fromEntries(new FormData(own.form)));
}

function letter(own) {
  return { ...JSON.parse(now(own)), kind: own.kind, answers: own.answers, draft: own.draft };
}

// One thing after the other: each needs the number that the one before it got.
function queue(own, work) {
  const next = own.work.then(work);
  own.work = next.catch(() => {});
  return next;
}

function keep(own, anew = false) {
  clearTimeout(own.rest);
  return queue(own, () => made(own, anew));
}

// Makes sure that the draft says what the form does; `anew`: that there is one at all.
async function made(own, anew) {
  const text = now(own);
  if (text === own.kept && (own.draft || !anew)) return;
  const first = !own.draft;
  try {
    own.draft = (await post("draft", letter(own))).id;
  } catch (error) {
    if (error.status !== 404 || first) throw error;
    own.draft = 0;
    own.files.list.replaceChildren();
    own.draft = (await post("draft", letter(own))).id;
    note("The draft was deleted elsewhere. It is kept anew, without its files.", true);
  }
  own.kept = text;
  if (first && own.files.list.childElementCount) own.files.settle((await get("message", { id: own.draft })).files);
  own.said.textContent = `Saved ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`;
}

// Files may be dropped on the form.
function drops(form, add) {
  const over = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.toggle("over", event.type === "dragover");
    if (event.type === "drop") add([...event.dataTransfer.files]);
  };
  for (const kind of ["dragover", "dragleave", "drop"]) form.addEventListener(kind, over);
}

// Before something else takes the place of the form: what was written is kept. Fails where it cannot be.
export async function leave() {
  if (!sheet) return;
  await keep(sheet);
  sheet = null;
}

async function send(own) {
  const { to, cc, bcc } = own.form.elements;
  if (![to, cc, bcc].some((one) => one.value.trim())) {
    to.focus();
    throw new Error("Say whom the message is for.");
  }
  const button = own.form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    clearTimeout(own.rest);
    await own.work;
    await post("send", letter(own));
    sheet = null;
    note("Sent");
    done("Your message is on its way.");
  } finally {
    button.disabled = false;
  }
}

async function discard() {
  const own = sheet;
  clearTimeout(own.rest);
  await own.work;
  if (own.draft) await post("delete", { id: own.draft });
  sheet = null;
  done(own.draft ? "Your draft is in Deleted Items." : "Nothing was kept.");
}

function done(text) {
  document.dispatchEvent(new CustomEvent("written", { detail: text }));
}

addEventListener("beforeunload", (event) => {
  if (sheet && now(sheet) !== sheet.kept) event.preventDefault();
});
