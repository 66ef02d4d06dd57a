// Out of office: whether, when, and what others are told.

import { attempt, get, make, note, post, sheet } from "./api.js";
import { local } from "./dates.js";

const STATES = [["Disabled", "I am here"], ["Enabled", "I am away"], ["Scheduled", "I am away for some time"]];
const AUDIENCES = [["None", "Nobody"], ["Known", "My contacts"], ["All", "Everybody"]];

export async function show() {
  const now = await get("oof");
  const choice = (words, name, choices) => make("label", {}, words, make("select", { name },
    ...choices.map(([value, text]) => make("option", { value, textContent: text, selected: value === now[name] }))));
  const time = (words, name) => make("label", {}, words, make("input", { type: "datetime-local", name, value: local(new Date(now[name])) }));
  const reply = (words, name) => make("label", { className: "tall" }, words, make("textarea", { name, value: now[name] }));
  const times = make("div", { className: "two" }, time("From", "start"), time("Until", "end"));
  const cancel = make("button", { type: "button" }, "Cancel");
  const form = make("form", { className: "sheet" },
    choice("Now", "state", STATES), times,
    reply("Colleagues are told", "internal"),
    choice("Outside, it is told to", "audience", AUDIENCES),
    reply("Outside is told", "external"),
    make("div", { className: "tools" }, make("button", { type: "submit", className: "primary" }, "Save"), cancel));
  const fit = () => {
    const { state, audience, internal, external } = form.elements;
    times.hidden = state.value !== "Scheduled";
    internal.disabled = state.value === "Disabled";
    audience.disabled = internal.disabled;
    external.disabled = internal.disabled || audience.value === "None";
  };
  const dialog = sheet("Out of office", form);
  fit();
  form.addEventListener("change", fit);
  cancel.addEventListener("click", () => dialog.close());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      const { state, audience, internal, external, start, end } = form.elements;
      await post("oof", {
        state: state.value, audience: audience.value, internal: internal.value, external: external.value,
        start: start.value ? new Date(start.value).toISOString() : null, end: end.value ? new Date(end.value).toISOString() : null,
      });
      dialog.close();
      note(state.value === "Disabled" ? "Nobody is told that you are away." : "Others are told that you are away.");
    });
  });
}
