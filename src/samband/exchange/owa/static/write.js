// Writing: a form for a message, which is kept among the drafts while somebody writes it.

import { attempt, make, note, post } from "./api.js";

const REST = 2000; // milliseconds without a keystroke, after which it is kept
const SUBJECTS = { reply: "RE: ", "reply-all": "RE: ", forward: "FW: " };
const FIELDS = [["To", "to"], ["Cc", "cc"], ["Bcc", "bcc"], ["Subject", "subject"]];
const reading = document.getElementById("reading");
let sheet = null;

const typed = (people) => (people || []).map((one) => one.address || one.name).join("; ");

// A new message, or an answer to the message `about`; `to` for one that begins with a recipient.
export function write(kind, about = null, to = "") {
  const bare = (about?.subject || "").replace(/^((re|fw|fwd):\s*)+/i, "");
  show({ kind, answers: about?.id || 0, draft: 0 }, {
    to: kind.startsWith("reply") ? about.from?.address || "" : to,
    cc: kind === "reply-all" ? typed(about.cc) : "",
    subject: about ? SUBJECTS[kind] + bare : "",
  });
}

// Goes on with a draft, wherever it was begun.
export function goOn(draft) {
  show({ kind: "new", answers: 0, draft: draft.id }, {
    to: typed(draft.to), cc: typed(draft.cc), bcc: typed(draft.bcc), subject: draft.subject, text: draft.text,
  }, draft);
}

function show(state, values, draft = null) {
  const text = make("textarea", { name: "text", placeholder: "Write your message", ariaLabel: "Message", value: values.text || "" });
  const said = make("span", { className: "quiet", role: "status" });
  const button = (words, work, more = {}) => make("button", { type: "button", onclick: work, ...more }, words);
  const form = make("form", { className: "sheet" },
    ...FIELDS.map(([words, name]) => make("label", {}, words, make("input", { name, value: values[name] || "", autocomplete: "off" }))),
    draft?.files.length ? make("p", { className: "quiet", textContent: `Attached: ${draft.files.map((file) => file.name).join(", ")}` }) : null,
    draft?.formatted ? make("p", { className: "quiet", textContent: "This draft is formatted. What you change here is kept as plain text." }) : null,
    text,
    make("div", { className: "tools" },
      make("button", { type: "submit", className: "primary" }, "Send"),
      button("Save and close", () => attempt(async () => { await leave(); done("Your draft is kept."); })),
      button("Discard", () => attempt(discard)), said));
  const own = { ...state, form, said, kept: "", rest: 0, work: Promise.resolve() };
  own.kept = now(own);
  form.addEventListener("input", () => {
    clearTimeout(own.rest);
    own.rest = setTimeout(() => attempt(() => keep(own)), REST);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => send(own));
  });
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

// One after the other: each keeping needs the number that the one before it got.
function keep(own) {
  clearTimeout(own.rest);
  own.work = own.work.catch(() => {}).then(async () => {
    const text = now(own);
    if (text === own.kept) return;
    own.draft = (await post("draft", letter(own))).id;
    own.kept = text;
    own.said.textContent = `Saved ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`;
  });
  return own.work;
}

// Before something else takes the place of the form: what was written is kept. Fails where it cannot be.
export async function leave() {
  if (!sheet) return;
  await keep(sheet);
  sheet = null;
}

async function send(own) {
  const button = own.form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    clearTimeout(own.rest);
    await own.work.catch(() => {});
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
  await own.work.catch(() => {});
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
