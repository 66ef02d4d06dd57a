// How days are drawn: hour by hour, as a month, or one below the other on a telephone.

import { make } from "./api.js";
import { begin, hour, later, on } from "./dates.js";

const MOST = 4; // entries of a day that a month shows
const HOUR = 44; // pixels

function weekday(day, weekday = "long") {
  return day.toLocaleDateString([], { weekday });
}

function isToday(day) {
  return day.toDateString() === new Date().toDateString();
}

// `tall`: there is room for more than one line.
function block(entry, going, tall = true) {
  const kind = { Free: "free", Tentative: "tentative", OOF: "oof" }[entry.status] || "";
  const times = entry.allDay ? "All day" : `${hour(entry.start)} \u2013 ${hour(entry.end)}`;
  const subject = entry.subject || "(no subject)";
  const words = [subject, times, entry.location, entry.join ? "online meeting" : "", entry.recurring ? "repeats" : "", entry.cancelled ? "called off" : ""];
  const button = make("button", {
    type: "button", className: `entry ${kind} ${tall ? "" : "low"} ${entry.cancelled ? "cancelled" : ""}`, onclick: () => going.look(entry),
    ariaLabel: words.filter(Boolean).join(", "), title: words.filter(Boolean).join("\n"),
  }, ...(tall ? [
    make("small", { textContent: times }), make("span", { textContent: subject }),
    entry.location ? make("small", { textContent: entry.location }) : "",
    entry.join ? make("small", { className: "join", textContent: "Online meeting" }) : "",
  ] : [make("small", { textContent: entry.allDay ? "" : hour(entry.start) }), make("span", { textContent: subject }),
    entry.join ? make("small", { className: "join", textContent: "Online" }) : ""]));
  button.dataset.entry = `${entry.id}.${entry.occurrence}`;
  return button;
}

function head(day, going) {
  const button = make("button", { type: "button", className: "plain", onclick: () => going.open(day), ariaLabel: day.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" }) },
    make("span", {}, weekday(day, "short")), make("b", { textContent: day.getDate() }));
  return make("h3", { className: isToday(day) ? "today" : "" }, button);
}

// Who stands beside whom: each entry gets a column, and how many there are where it stands.
function beside(entries) {
  const placed = [];
  let group = [], ends = 0;
  const close = () => {
    const width = Math.max(0, ...group.map((one) => one.column + 1));
    for (const one of group) one.of = width;
    placed.push(...group);
    group = [];
  };
  for (const entry of [...entries].sort((a, b) => a.from - b.from || b.to - a.to)) {
    if (entry.from >= ends) close();
    const taken = new Set(group.filter((one) => one.to > entry.from).map((one) => one.column));
    entry.column = 0;
    while (taken.has(entry.column)) entry.column += 1;
    group.push(entry);
    ends = Math.max(ends, entry.to);
  }
  close();
  return placed;
}

function column(day, entries, going) {
  const end = later(day, 1);
  const minutes = (moment) => (Math.min(Math.max(new Date(moment), day), end) - day) / 6e4;
  const found = entries.map((entry) => {
    const from = Math.min(minutes(entry.start), 1410);
    return { entry, from, to: Math.max(minutes(entry.end), from + 30) };
  });
  const lane = make("section", { className: isToday(day) ? "lane today" : "lane", ariaLabel: day.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" }) });
  for (const { entry, from, to, column, of } of beside(found)) {
    const button = block(entry, going, to - from >= 60);
    button.style.top = `${from * HOUR / 60}px`;
    button.style.height = `${(to - from) * HOUR / 60 - 2}px`;
    button.style.left = `${column * 100 / of}%`;
    button.style.width = `calc(${100 / of}% - 3px)`;
    lane.append(button);
  }
  if (isToday(day)) {
    const line = make("hr", { ariaHidden: "true" });
    line.style.top = `${minutes(new Date()) * HOUR / 60}px`;
    lane.append(line);
  }
  lane.addEventListener("dblclick", (event) => {
    if (event.target !== lane) return;
    const half = Math.floor((event.clientY - lane.getBoundingClientRect().top) / (HOUR / 2));
    going.add(new Date(+day + half * 18e5));
  });
  return lane;
}

// Days beside each other, hour by hour; what has no hour stands above.
export function days(first, count, entries, here, going) {
  const whole = (entry) => entry.allDay || new Date(entry.end) - new Date(entry.start) >= 864e5;
  const shown = Array.from({ length: count }, (_, index) => later(first, index));
  const heads = make("div", { className: "heads" }, make("span"), ...shown.map((day) => make("div", {}, head(day, going),
    ...entries.filter((one) => whole(one) && on(one, day)).map((one) => block(one, going, false)))));
  const clock = make("div", { className: "clock", ariaHidden: "true" }, ...Array.from({ length: 24 }, (_, index) => make("span", { textContent: hour(new Date(2000, 0, 1, index)) })));
  const lanes = shown.map((day) => column(day, entries.filter((one) => !whole(one) && on(one, day)), going));
  const grid = make("div", { className: `grid of-${count}`, tabIndex: 0, role: "region", ariaLabel: "Hours" }, heads, make("div", { className: "hours" }, clock, ...lanes));
  return grid;
}

export function month(first, count, entries, here, going) {
  const shown = Array.from({ length: count }, (_, index) => later(first, index));
  const names = shown.slice(0, 7).map((day) => make("div", { className: "name", textContent: weekday(day, "short"), title: weekday(day) }));
  return make("div", { className: "month" }, ...names, ...shown.map((day) => {
    const found = entries.filter((one) => on(one, day));
    const kept = found.length > MOST ? found.slice(0, MOST - 1) : found;
    const more = make("button", { type: "button", className: "plain more", onclick: () => going.open(day) }, `${found.length - kept.length} more`);
    return make("section", { className: `cell ${isToday(day) ? "today" : ""} ${day.getMonth() === here.getMonth() ? "" : "other"}` },
      head(day, going), ...kept.map((one) => block(one, going, false)), found.length > kept.length ? more : null);
  }));
}

// Days one below the other.
export function agenda(first, count, entries, here, going) {
  return make("div", { className: "agenda" }, ...Array.from({ length: count }, (_, index) => {
    const day = later(first, index), found = entries.filter((one) => on(one, begin(day)));
    return make("section", { className: isToday(day) ? "day today" : "day" },
      make("h3", {}, weekday(day), make("b", { textContent: day.getDate() })), ...found.map((one) => block(one, going)),
      found.length ? null : make("p", { className: "quiet", textContent: "Nothing" }));
  }));
}
