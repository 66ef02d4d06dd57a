// When those who are to come have time: a line each for the day of the meeting, and what it says in words.

import { get, make, session } from "./api.js";
import { begin, hour, later } from "./dates.js";

const SLOT = 30 * 60e3;
const STATES = ["free", "tentative", "busy", "oof", "unknown"];
const WORDS = ["free", "tentative", "busy", "away", "not known"];

// `place` shows it; it is asked for anew when something in `inputs` changes. `wanted()`: who, from when to when.
// `before`: when the meeting is so far, which is no hindrance to itself.
export function freeBusy(place, inputs, wanted, before) {
  let waiting = null, asked = "";
  const look = async () => {
    const { who, from, to } = wanted();
    if (Number.isNaN(+from) || Number.isNaN(+to) || !who.trim()) {
      place.replaceChildren();
      asked = "";
      return;
    }
    const first = begin(from), end = later(begin(new Date(Math.max(+to - 1, +from))), 1);
    const key = JSON.stringify([who, from, to]);
    if (key === asked) return;
    asked = key;
    const last = end - first > 14 * 864e5 ? later(first, 14) : end;
    const found = await get("free-busy", { who: `${session.email}; ${who}`, from: first.toISOString(), to: last.toISOString() }).catch(() => []);
    if (key === asked) place.replaceChildren(...shown(found, first, from, to, before));
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 400);
  };
  inputs.addEventListener("input", soon);
  inputs.addEventListener("change", soon);
  look();
}

function shown(found, first, from, to, before) {
  if (found.length < 2) return [];
  const slots = Math.max(0, ...found.map((one) => one.slots.length));
  const begins = Math.floor((from - first) / SLOT), ends = Math.ceil((to - first) / SLOT);
  const own = (slot) => before && +first + slot * SLOT < before.to && +first + (slot + 1) * SLOT > before.from;
  const worst = (one) => Math.max(0, ...[...one.slots].map((digit, slot) => (slot >= begins && slot < ends && !own(slot) ? Number(digit) : 0)));
  const rows = found.map((one) => {
    const state = one.problem ? 4 : worst(one);
    const line = make("div", { className: "slots", ariaHidden: "true" }, ...[...(one.slots || "4".repeat(slots))].map((digit, index) => make("i", {
      className: `${STATES[digit]} ${index >= begins && index < ends ? "wanted" : ""}`,
      title: `${hour(new Date(+first + index * SLOT))}: ${WORDS[digit]}`,
    })));
    return make("li", {}, make("span", { className: "who", title: one.address, textContent: one.name }), line, make("span", { className: `state ${STATES[state]}`, textContent: WORDS[state] }));
  });
  const not = found.filter((one) => !one.problem && worst(one) > 1).map((one) => one.name);
  const unknown = found.filter((one) => one.problem || worst(one) === 4).map((one) => one.name);
  const text = not.length ? `Not free: ${not.join(", ")}` : unknown.length ? `Not known of: ${unknown.join(", ")}` : "Everybody has time.";
  const hours = Array.from({ length: slots / 12 }, (_, index) => make("span", { textContent: String(index * 6 % 24).padStart(2, "0") }));
  const scale = make("li", { ariaHidden: "true" }, make("span"), make("div", { className: "scale" }, ...hours));
  return [make("p", { className: not.length ? "error" : "quiet", textContent: text }), make("ul", {}, scale, ...rows)];
}
