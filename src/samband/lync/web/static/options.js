// What an organizer decides of a meeting of theirs: who gets in, who presents, the passcode; and its end.

import { link, part } from "./ucwa.js";
import { button, make } from "./view.js";

const ACCESS = {
  Locked: "Only you",
  Invited: "People the invitation names",
  SameEnterprise: "People of your organization",
  Everyone: "Everybody who has the link",
};
const LEADERS = {
  Disabled: "You, and presenters the invitation names",
  SameEnterprise: "People of your organization",
  Everyone: "Everybody",
};

// The meeting among the organizer's own ones; null where it is not there.
export async function own(client, focus) {
  const all = link(part(client.application, "onlineMeetings"), "myOnlineMeetings");
  if (!all) return null;
  const found = part(await client.get(all), "myOnlineMeeting") || [];
  return found.find((one) => one.onlineMeetingUri === focus) || null;
}

const choice = (name, text, words, chosen) => make("label", {}, text, make("select", { name },
  Object.entries(words).map(([value, said]) => make("option", { value, selected: value === chosen }, said))));

// Shows the dialog for a meeting in `place`.
export function show(client, meeting, place) {
  const problem = make("p", { className: "error", role: "alert", hidden: true });
  const attempt = async (work) => {
    try { await work(); dialog.close(); } catch (failed) { problem.textContent = failed.message; problem.hidden = false; }
  };
  const form = make("form", { method: "dialog" },
    make("h2", {}, "Meeting options"), problem,
    choice("access", "Who gets in without waiting in the lobby", ACCESS, meeting.accessLevel === "None" ? "SameEnterprise" : meeting.accessLevel),
    choice("leaders", "Who presents", LEADERS, meeting.automaticLeaderAssignment),
    make("label", {}, "Passcode for guests", make("input", { name: "passcode", maxLength: 64, value: meeting.passcode || "", autocomplete: "off", placeholder: "None" })),
    make("div", { className: "tools" },
      make("button", { type: "submit", className: "primary" }, "Save"),
      button("Cancel", () => dialog.close()),
      button("End the meeting", () => attempt(() => client.ask("DELETE", link(meeting, "self"))), { className: "bad", id: "end-meeting" })));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { access, leaders, passcode } = form.elements;
    attempt(() => client.put({ ...meeting, accessLevel: access.value, automaticLeaderAssignment: leaders.value, passcode: passcode.value }));
  });
  const dialog = make("dialog", { id: "options" }, form);
  dialog.addEventListener("close", () => dialog.remove());
  place.append(dialog);
  dialog.showModal();
}
