// The calendar: a day, a week or a month of it, and the way from one to the next.

import { attempt, get } from "./api.js";
import { create, look } from "./appointment.js";
import { agenda, days, month } from "./calendar_views.js";
import { begin, later, monthOf, title } from "./dates.js";

const VIEWS = { day: "day", week: "week", month: "month" };
const KEPT = "samband-calendar";
const sheet = document.getElementById("days");
const heading = document.querySelector("#calendar h2");
const narrow = matchMedia("(max-width: 720px)");
const buttons = [...document.querySelectorAll("#views button")];
let here = new Date();
let view = VIEWS[localStorage.getItem(KEPT)] || "week";
let waiting = null;
let drawn = 0;

function span() {
  if (view === "day") return [begin(here), 1];
  if (view === "week") return [begin(here, true), 7];
  return [begin(monthOf(here), true), 42];
}

export async function show() {
  const [first, count] = span();
  const mine = ++drawn;
  const end = later(first, count);
  const entries = await get("calendar", { from: first.toISOString(), to: end.toISOString() });
  if (mine !== drawn) return;
  heading.textContent = title(view, here, first, count);
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.view === view));
  const going = { look: (entry) => attempt(() => look(entry, changed)), open: (day) => go("day", day), add: (start) => create(start, made) };
  const focused = document.activeElement?.dataset?.entry;
  const top = sheet.querySelector(".grid")?.scrollTop;
  const draw = view === "month" ? month : narrow.matches ? agenda : days;
  sheet.replaceChildren(draw(first, count, entries, here, going));
  const grid = sheet.querySelector(".grid");
  if (grid) grid.scrollTop = top ?? grid.scrollHeight * 7.5 / 24;
  if (focused) sheet.querySelector(`[data-entry="${focused}"]`)?.focus();
}

function go(to, day = here) {
  view = to;
  here = day;
  localStorage.setItem(KEPT, view);
  attempt(show);
}

function made(entry) {
  here = new Date(entry.start);
  attempt(show);
}

export function changed() {
  if (document.getElementById("calendar").hidden) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => attempt(show), 200);
}

function step(by) {
  if (view === "month") here = new Date(here.getFullYear(), here.getMonth() + by, 1);
  else here = later(here, by * (view === "week" ? 7 : 1));
  attempt(show);
}

for (const button of buttons) button.addEventListener("click", () => go(button.dataset.view));
narrow.addEventListener("change", changed);
document.getElementById("new-event").addEventListener("click", () => create(null, made));
document.getElementById("today").addEventListener("click", () => go(view, new Date()));
document.getElementById("earlier").addEventListener("click", () => step(-1));
document.getElementById("later").addEventListener("click", () => step(1));
