// Instant messaging: the contact list with presence, conversations, one's own presence.

import { attempt, face, get, make, post, session, when } from "./api.js";

export const CHOICES = [
  ["available", "Available"], ["busy", "Busy"], ["do-not-disturb", "Do not disturb"], ["be-right-back", "Be right back"],
  ["away", "Away"], ["offline", "Appear offline"], ["reset", "Reset status"],
];
const WORDS = { ...Object.fromEntries(CHOICES), idle: "Inactive", offline: "Offline", unknown: "" };
const ACTIVITIES = { "in-a-meeting": "In a meeting", "on-the-phone": "In a call", "out-of-office": "Out of office" };
const pane = document.getElementById("im");
const shelf = document.getElementById("talks");
const sights = new Map();
const talks = new Map();
let contacts = [];
let groups = [];
let own = "";
let heard = () => {};

export function onStatus(hear) {
  heard = hear;
}

export function isContact(address) {
  return contacts.some((one) => one.address === address.toLowerCase());
}

// Everything anew: at the beginning, and after news were lost.
export async function read() {
  const view = await get("im");
  const changed = session.im !== view.status;
  session.im = view.status;
  pane.hidden = view.status === "off";
  document.body.classList.toggle("im", view.status === "on");
  document.getElementById("talks").hidden = view.status === "off";
  if (changed) heard();
  sights.clear();
  own = view.me?.address || "";
  for (const sight of [...view.sights, ...(view.me ? [view.me] : [])]) sights.set(sight.address, sight);
  ({ contacts, groups } = view);
  for (const talk of view.talks) if (talk.state !== "closed" || talk.lines.length) box(talk);
  const known = new Set(view.talks.map((talk) => talk.address));
  // What the server has forgotten is over; what was said stays to be read.
  for (const { address, name } of talks.values()) {
    if (!known.has(address)) box({ address, name, state: "closed", lines: [], preview: "" });
  }
  if (view.status === "unavailable") {
    pane.replaceChildren(make("h2", { textContent: "Contacts" }), make("p", { className: "message", textContent: view.text }));
  } else {
    list();
  }
  dots();
}

export function hear(event) {
  if (event.news === "status" || event.news === "lost") attempt(read);
  else if (event.news === "contacts") { ({ contacts, groups } = event); list(); }
  else if (event.news === "presence") { sights.set(event.sight.address, event.sight); list(); dots(); }
  else if (event.news === "talk") {
    if (event.talk.state === "invited" || talks.has(event.talk.address)) box(event.talk);
  } else if (event.news === "line") line(event.address, event.line);
  else if (event.news === "typing") typing(event.address, event.typing);
}

function list() {
  const others = contacts.filter((one) => !one.groups.some((name) => groups.includes(name)));
  const section = (name, people) => people.length ? [make("h3", { textContent: name }), ...people.map(person)] : [];
  pane.replaceChildren(make("h2", { textContent: "Contacts" }),
    ...groups.flatMap((name) => section(name, contacts.filter((one) => one.groups.includes(name)))),
    ...section(groups.length ? "Other contacts" : "Everybody", others));
  if (!contacts.length) pane.append(make("p", { className: "quiet message", textContent: "Find people under People, and add them here." }));
  dots();
}

function said(sight) {
  const word = ACTIVITIES[sight?.activity] || WORDS[sight?.presence] || "";
  return sight?.note ? `${word} \u00b7 ${sight.note}` : word;
}

function person(one) {
  const sight = sights.get(one.address);
  const button = make("button", { type: "button", className: "person", title: one.address, onclick: () => talkTo(one.address, one.name) },
    face(one.address, one.name, { small: true }),
    make("div", {}, one.name, make("small", { textContent: said(sight) })));
  button.dataset.contact = one.address;
  return button;
}

// Every dot of the page shows what is known of its owner now.
function dots() {
  for (const dot of document.querySelectorAll(".dot[data-of]")) {
    const sight = sights.get(dot.dataset.of);
    dot.className = `dot ${sight?.presence || "unknown"}`;
    dot.title = said(sight);
  }
  for (const line of document.querySelectorAll("[data-said]")) line.textContent = said(sights.get(line.dataset.said));
  const word = document.getElementById("my-word");
  if (word) word.textContent = session.im === "on" ? said(sights.get(own)) : "";
}

let soon = 0;
document.addEventListener("dots", () => {
  cancelAnimationFrame(soon);
  soon = requestAnimationFrame(dots);
});

// --- conversations

export function talkTo(address, name) {
  const known = address.toLowerCase();
  if (!talks.has(known)) box({ address: known, name, state: "closed", lines: [], preview: "" });
  talks.get(known).input.focus();
}

function box(talk) {
  let kept = talks.get(talk.address);
  if (!kept) {
    kept = opened(talk);
    talks.set(talk.address, kept);
    shelf.append(kept.element);
  }
  for (const one of talk.lines) line(talk.address, one);
  kept.invited.hidden = talk.state !== "invited";
  kept.preview.textContent = talk.preview || `${talk.name} wants to talk to you.`;
  kept.form.hidden = talk.state === "invited";
  if (talk.state === "closed") typing(talk.address, false);
  return kept;
}

function opened(talk) {
  const { address, name } = talk;
  const lines = make("ol", { ariaLive: "polite" });
  const kept = { address, name, lines, typed: false, rest: 0 };
  kept.hint = make("div", { className: "typing", ariaLive: "polite" });
  kept.input = make("input", { placeholder: "Write a message", ariaLabel: `Message to ${name}`, autocomplete: "off", maxLength: 8000 });
  kept.form = make("form", {}, kept.input, make("button", { className: "primary" }, "Send"));
  kept.preview = make("p");
  kept.invited = make("div", { className: "invited", role: "alert", hidden: true }, kept.preview,
    make("button", { type: "button", className: "primary accept", onclick: () => attempt(() => post("im/talk", { to: address, do: "accept" })) }, "Accept"),
    make("button", { type: "button", onclick: () => leave(kept) }, "Ignore"));
  const close = make("button", { type: "button", ariaLabel: `Close the conversation with ${name}`, onclick: () => leave(kept) }, "\u00d7");
  kept.element = make("section", { className: "talk", ariaLabel: name },
    make("header", {}, face(address, name, { small: true }), make("b", { textContent: name }), close),
    lines, kept.hint, kept.invited, kept.form);
  kept.element.dataset.with = address;
  kept.element.addEventListener("keydown", (event) => { if (event.key === "Escape") leave(kept); });
  kept.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = kept.input.value;
    if (!text.trim()) return;
    kept.input.value = "";
    kept.typed = false;
    attempt(() => post("im/message", { to: address, text }));
  });
  kept.input.addEventListener("input", () => tell(kept));
  return kept;
}

function leave(kept) {
  talks.delete(kept.address);
  kept.element.remove();
  pane.querySelector(`[data-contact="${CSS.escape(kept.address)}"]`)?.focus();
  attempt(() => post("im/talk", { to: kept.address, do: "end" }));
}

// Tells the other one when typing begins, and when it rests.
function tell(kept) {
  const say = (typing) => { kept.typed = typing; post("im/typing", { to: kept.address, typing }).catch(() => {}); };
  if (!kept.typed) say(true);
  clearTimeout(kept.rest);
  kept.rest = setTimeout(() => kept.typed && say(false), 4000);
}

function line(address, one) {
  const kept = talks.get(address);
  if (!kept) {
    attempt(read);
    return;
  }
  const item = make("li", { className: `${one.mine ? "mine" : ""} ${one.failed ? "failed" : ""}` }, one.text,
    one.failed ? make("small", { textContent: one.failed }) : null, make("time", { textContent: when(one.at) }));
  item.dataset.number = one.number;
  const before = kept.lines.querySelector(`[data-number="${one.number}"]`);
  if (before) before.replaceWith(item);
  else kept.lines.append(item);
  kept.lines.scrollTop = kept.lines.scrollHeight;
}

function typing(address, on) {
  const kept = talks.get(address);
  if (kept) kept.hint.textContent = on ? `${kept.name} is typing\u2026` : "";
}
