// The calendar: a week, new appointments, online meetings.

import { attempt, get, local, make, note, post, sheet } from "./api.js";

const week = document.getElementById("week");
const title = document.querySelector("#calendar h2");
let monday = begin(new Date());
let waiting = null;

function begin(moment) {
  const day = new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
  day.setDate(day.getDate() - ((day.getDay() + 6) % 7));
  return day;
}

function later(day, days) {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days);
}

export async function show() {
  const end = later(monday, 7);
  const entries = await get("calendar", { from: monday.toISOString(), to: end.toISOString() });
  const words = { day: "numeric", month: "long" };
  title.textContent = `${monday.toLocaleDateString([], words)} \u2013 ${later(monday, 6).toLocaleDateString([], { ...words, year: "numeric" })}`;
  week.replaceChildren(...[0, 1, 2, 3, 4, 5, 6].map((index) => column(later(monday, index), entries)));
}

export function changed() {
  if (document.getElementById("calendar").hidden) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => attempt(show), 200);
}

function column(day, entries) {
  const after = later(day, 1);
  const mine = entries.filter((one) => new Date(one.start) < after && new Date(one.end) > day);
  const today = day.toDateString() === new Date().toDateString();
  return make("section", { className: today ? "day today" : "day" },
    make("h3", {}, day.toLocaleDateString([], { weekday: "long" }), make("b", { textContent: day.getDate() })),
    ...mine.map(block));
}

function hour(text) {
  return new Date(text).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function block(entry) {
  const kind = entry.status === "Free" ? "free" : entry.status === "Tentative" ? "tentative" : "";
  return make("button", {
    type: "button", className: `entry ${kind} ${entry.cancelled ? "cancelled" : ""}`, onclick: () => look(entry),
  }, make("small", { textContent: entry.allDay ? "All day" : `${hour(entry.start)} \u2013 ${hour(entry.end)}` }),
  make("span", { textContent: entry.subject || "(no subject)" }),
  entry.location ? make("small", { textContent: entry.location }) : null,
  entry.join ? make("small", { className: "join", textContent: "Online meeting" }) : null);
}

function look(entry) {
  const close = make("button", { type: "button" }, "Close");
  const remove = make("button", { type: "button" }, entry.mine && entry.attendees.length ? "Cancel meeting" : "Delete");
  const form = make("form", { className: "sheet" },
    make("div", { textContent: `${new Date(entry.start).toLocaleString()} \u2013 ${hour(entry.end)}` }),
    entry.location ? make("div", { className: "quiet", textContent: entry.location }) : null,
    make("div", { className: "quiet", textContent: `Organizer: ${entry.organizer}` }),
    entry.attendees.length ? make("div", { className: "quiet", textContent: `Attendees: ${entry.attendees.join("; ")}` }) : null,
    entry.join ? make("a", { href: entry.join, target: "_blank", rel: "noopener", className: "join-link", textContent: "Join online meeting" }) : null,
    make("div", { className: "tools" }, close, remove));
  const dialog = sheet(entry.subject || "(no subject)", form);
  close.addEventListener("click", () => dialog.close());
  remove.addEventListener("click", () => attempt(async () => {
    await post("calendar/delete", { id: entry.id, occurrence: entry.occurrence });
    dialog.close();
    await show();
  }));
}

function create() {
  const start = new Date(Math.ceil((Date.now() + 1) / 18e5) * 18e5);
  const field = (text, name, more = {}) => make("label", {}, text, make("input", { name, autocomplete: "off", ...more }));
  const online = make("button", { type: "button" }, "Online meeting");
  online.id = "online";
  const row = make("div", { className: "online", hidden: true }, online, make("span", { className: "quiet", textContent: "Adds a link by which everybody joins." }));
  const cancel = make("button", { type: "button" }, "Cancel");
  const form = make("form", { className: "sheet" },
    field("Subject", "subject", { required: true }),
    field("Attendees", "attendees", { placeholder: "Names or addresses" }),
    field("Place", "location"),
    field("Start", "start", { type: "datetime-local", value: local(start), required: true }),
    field("End", "end", { type: "datetime-local", value: local(new Date(+start + 18e5)), required: true }),
    row,
    make("textarea", { name: "text", placeholder: "Details" }),
    make("div", { className: "tools" }, make("button", { type: "submit", className: "primary" }, "Save"), cancel));
  const dialog = sheet("New appointment", form);
  cancel.addEventListener("click", () => dialog.close());
  online.addEventListener("click", () => online.classList.toggle("on"));
  get("online-meetings").then((found) => { row.hidden = !found.offered; }, () => {});
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    attempt(async () => {
      const wish = Object.fromEntries(new FormData(form));
      for (const name of ["start", "end"]) wish[name] = new Date(wish[name]).toISOString();
      const made = await post("calendar", { ...wish, online: online.classList.contains("on") });
      if (made.warning) note(made.warning, true);
      monday = begin(new Date(made.start));
      dialog.close();
      await show();
    }).finally(() => { button.disabled = false; });
  });
}

document.getElementById("new-event").addEventListener("click", create);
document.getElementById("today").addEventListener("click", () => { monday = begin(new Date()); attempt(show); });
document.getElementById("earlier").addEventListener("click", () => { monday = later(monday, -7); attempt(show); });
document.getElementById("later").addEventListener("click", () => { monday = later(monday, 7); attempt(show); });
