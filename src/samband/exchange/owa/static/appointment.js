// One entry of the calendar: looked at, made, changed, called off, answered.

import { attempt, confirmed, get, make, note, post, sheet } from "./api.js";
import { lasts, local, zone } from "./dates.js";
import { freeBusy } from "./free_busy.js";
import { suggests } from "./recipients.js";

const ANSWERS = [["accept", "Accept"], ["tentative", "Tentative"], ["decline", "Decline"]];
const WORDS = { Accept: "accepted", Tentative: "tentative", Decline: "declined", Organizer: "organizer" };
const STATES = [["Free", "Free"], ["Tentative", "Tentative"], ["Busy", "Busy"], ["OOF", "Away"], ["WorkingElsewhere", "Working elsewhere"]];

const REPEATS = [["never", "Never"], ["day", "Every day"], ["weekdays", "Monday to Friday"], ["week", "Every week"], ["month", "Every month"], ["year", "Every year"]];

const button = (text, work, more = {}) => make("button", { type: "button", onclick: work, ...more }, text);
const quiet = (text) => (text ? make("div", { className: "quiet", textContent: text }) : null);

export async function look({ id, occurrence }, changed) {
  const entry = await get("calendar/entry", { id, occurrence });
  const people = (words, list) => (list.length ? make("div", {}, make("b", { textContent: words }), make("ul", { className: "attendees" },
    ...list.map((one) => make("li", {}, one.name, make("span", { className: "quiet", textContent: WORDS[one.response] || "no answer yet" }))))) : null);
  const form = make("form", { className: "sheet" },
    make("div", { textContent: lasts(entry) }), quiet(entry.location), entry.meeting ? quiet(`Organizer: ${entry.organizer}`) : null,
    entry.recurring ? quiet("Repeats") : null,
    entry.cancelled ? make("div", { className: "error", textContent: "This meeting was called off." }) : null,
    entry.join ? make("a", { href: entry.join, target: "_blank", rel: "noopener", className: "join-link", textContent: "Join online meeting" }) : null,
    people("Required", entry.required), people("Optional", entry.optional),
    entry.text.trim() ? make("div", { className: "words", textContent: entry.text.trim() }) : null);
  const dialog = sheet(entry.subject || "(no subject)", form);
  const over = () => { dialog.close(); changed(); };
  if (!entry.mine && !entry.cancelled) form.append(answers(entry, over));
  const tools = make("div", { className: "tools" });
  if (entry.mine && !entry.cancelled) {
    tools.append(button(occurrence ? "Edit this one" : "Edit", () => { dialog.close(); edit(entry, changed); }, { className: "primary" }));
    if (occurrence) tools.append(button("Edit series", () => attempt(async () => { dialog.close(); edit(await get("calendar/entry", { id, occurrence: 0 }), changed); })));
  }
  tools.append(...goes(entry, over), button("Close", () => dialog.close()));
  form.append(tools);
}

// What takes an entry away, after a question where others hear of it.
function goes(entry, over) {
  const others = entry.required.length + entry.optional.length;
  const told = entry.mine && others && !entry.cancelled;
  const words = told ? "Cancel meeting" : "Delete";
  const question = told ? `The meeting is called off, and ${others === 1 ? "one attendee is" : `${others} attendees are`} told.`
    : entry.mine || entry.cancelled ? "" : `${entry.organizer} is told that you do not come.`;
  const remove = (occurrence) => () => attempt(async () => {
    if ((question || entry.recurring) && !await confirmed(question || "It is deleted.", words)) return;
    await post("calendar/delete", { id: entry.id, occurrence });
    over();
  });
  if (!entry.occurrence) return [button(words, remove(0))];
  return [button(`${words}: this one`, remove(entry.occurrence)), button(`${words}: series`, remove(0))];
}

function answers(entry, over) {
  const text = make("input", { placeholder: "A few words with your answer", ariaLabel: "A few words with your answer", maxLength: 1000 });
  const one = ([answer, words]) => button(words, () => attempt(async () => {
    await post("respond", { id: entry.id, occurrence: entry.occurrence, answer, text: text.value });
    note("Your answer was sent.");
    over();
  }), { ariaPressed: String(WORDS[entry.response] === { accept: "accepted", tentative: "tentative", decline: "declined" }[answer]) });
  const said = WORDS[entry.response] ? `Your answer: ${WORDS[entry.response]}` : "You have not answered yet.";
  return make("fieldset", { className: "meeting" }, make("legend", { textContent: said }), text, make("div", { className: "tools" }, ...ANSWERS.map(one)));
}

export function create(start, made) {
  const from = start || new Date(Math.ceil((Date.now() + 1) / 18e5) * 18e5);
  form("New appointment", { start: from, end: new Date(+from + 18e5), required: [], optional: [], status: "Busy" }, "calendar", made);
}

// An appointment with somebody, begun outside the calendar.
export function invite(address) {
  const from = new Date(Math.ceil((Date.now() + 1) / 18e5) * 18e5);
  const entry = { start: from, end: new Date(+from + 18e5), required: [{ address }], optional: [], status: "Busy" };
  form("New appointment", entry, "calendar", () => note("Your invitation was sent."));
}

function edit(entry, changed) {
  form(entry.occurrence ? "Change this one" : "Change", { ...entry, start: new Date(entry.start), end: new Date(entry.end) }, "calendar/update", changed);
}

const typed = (list) => list.map((one) => one.address || one.name).join("; ");

function form(heading, entry, path, done) {
  const field = (text, name, more = {}) => make("label", {}, text, make("input", { name, autocomplete: "off", ...more }));
  const online = button("Online meeting", () => press(online.getAttribute("aria-pressed") !== "true"));
  const press = (on) => { online.setAttribute("aria-pressed", String(on)); online.classList.toggle("on", on); };
  online.id = "online";
  press(Boolean(entry.online));
  const row = make("div", { className: "online", hidden: !entry.online }, online, make("span", { className: "quiet", textContent: "Adds a link by which everybody joins." }));
  const allDay = make("input", { type: "checkbox", name: "allDay", checked: Boolean(entry.allDay) });
  const status = make("select", { name: "status" }, ...STATES.map(([value, text]) => make("option", { value, textContent: text, selected: value === entry.status })));
  const times = make("div", { className: "two" }, field("Start", "start", { required: true }), field("End", "end", { required: true }));
  const repeat = make("select", { name: "repeat" }, ...REPEATS.map(([value, text]) => make("option", { value, textContent: text })));
  const until = make("label", { className: "check", hidden: true }, "Until", make("input", { type: "date", name: "until" }));
  repeat.addEventListener("change", () => { until.hidden = repeat.value === "never"; });
  const repeats = entry.id ? null : make("div", { className: "online" }, make("label", { className: "check" }, "Repeat", repeat), until);
  const busy = make("div", { className: "free-busy", ariaLive: "polite" });
  const inputs = make("form", { className: "sheet" },
    field("Subject", "subject", { required: true, value: entry.subject || "", maxLength: 255 }),
    field("Attendees", "attendees", { placeholder: "Names or addresses", value: typed(entry.required) }),
    field("Optional", "optional", { placeholder: "Names or addresses", value: typed(entry.optional) }),
    field("Place", "location", { value: entry.location || "" }), times,
    make("div", { className: "online" }, make("label", { className: "check" }, allDay, "All day"), make("label", { className: "check" }, "Show as", status)),
    repeats, row, busy,
    make("textarea", { name: "text", placeholder: "Details", ariaLabel: "Details", value: entry.text || "" }),
    make("div", { className: "tools" }, make("button", { type: "submit", className: "primary" }, entry.id && entry.required.length ? "Send update" : "Save"), button("Cancel", () => dialog.close())));
  const { start, end, attendees, optional } = inputs.elements;
  const clock = dial(start, end, allDay, entry);
  const dialog = sheet(heading, inputs);
  if (!entry.id) allDay.addEventListener("change", () => { status.value = allDay.checked ? "Free" : "Busy"; });
  suggests(attendees);
  suggests(optional);
  get("online-meetings").then((found) => { row.hidden = !found.offered && !entry.online; }, () => {});
  freeBusy(busy, inputs, () => ({ who: [attendees.value, optional.value].filter((one) => one.trim()).join("; "), ...clock.span() }),
    entry.id ? { from: entry.start, to: entry.end } : null);
  inputs.addEventListener("submit", (event) => {
    event.preventDefault();
    const submit = inputs.querySelector("[type=submit]");
    submit.disabled = true;
    attempt(async () => {
      const { subject, location, text } = inputs.elements;
      const { from, to } = clock.span();
      const wish = {
        subject: subject.value, location: location.value, text: text.value, attendees: attendees.value, optional: optional.value,
        start: from.toISOString(), end: to.toISOString(), allDay: allDay.checked, showAs: status.value, zone,
        online: online.getAttribute("aria-pressed") === "true",
        ...(entry.id ? { id: entry.id, occurrence: entry.occurrence } : { repeat: repeat.value, until: (!until.hidden && inputs.elements.until.value) || null }),
      };
      const made = await post(path, wish);
      if (made.warning) note(made.warning, true);
      dialog.close();
      done(made);
    }).finally(() => { submit.disabled = false; });
  });
}

// Two fields that keep their distance: days where it is all day, else moments.
function dial(start, end, allDay, entry) {
  const read = (field) => new Date(allDay.checked ? `${field.value}T00:00` : field.value);
  const write = (field, moment) => { field.value = local(moment).slice(0, allDay.checked ? 10 : 16); };
  let length = entry.end - entry.start;
  const fit = (from, to) => {
    for (const one of [start, end]) one.type = allDay.checked ? "date" : "datetime-local";
    write(start, from);
    write(end, to);
  };
  const check = () => end.setCustomValidity(read(end) < read(start) || (!allDay.checked && +read(end) === +read(start)) ? "It ends before it begins." : "");
  fit(entry.start, entry.allDay ? new Date(entry.end - 864e5 / 2) : entry.end);
  start.addEventListener("change", () => {
    if (start.value) write(end, new Date(+read(start) + length));
    check();
  });
  end.addEventListener("change", () => {
    if (start.value && end.value) length = Math.max(0, read(end) - read(start));
    check();
  });
  allDay.addEventListener("change", () => {
    const from = new Date(allDay.checked ? start.value : `${start.value}T09:00`);
    length = allDay.checked ? 0 : 36e5;
    fit(from, new Date(+from + length));
    check();
  });
  return {
    span: () => {
      const from = read(start), to = read(end);
      return { from, to: allDay.checked ? new Date(to.getFullYear(), to.getMonth(), to.getDate() + 1) : to };
    },
  };
}
