// People: the directory and one's contacts, and the groups of the contact list where it lives in the mailbox.

import { attempt, confirmed, face, get, make, post, session, sheet } from "./api.js";
import * as im from "./im.js";
import { card, edit } from "./person.js";
import { leave, write } from "./write.js";

const find = document.getElementById("find");
const list = document.querySelector("#people ul");
const groups = document.getElementById("groups");
let waiting = null;
let asked = 0;

export async function show() {
  const mine = ++asked;
  const [found, lists] = await Promise.all([get("people", { q: find.value }), get("contact-list")]);
  if (mine !== asked) return;
  groups.hidden = !lists.here;
  const focused = document.activeElement?.closest("#people li")?.dataset.who;
  list.replaceChildren(...found.map(person));
  if (focused) list.querySelector(`[data-who="${CSS.escape(focused)}"] button`)?.focus();
  if (!found.length) list.append(make("li", { className: "empty", textContent: "Nobody was found." }));
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(() => attempt(show), 200);
}

export function changed() {
  if (!document.getElementById("people").hidden) soon();
}

find.addEventListener("input", soon);
document.getElementById("new-contact").addEventListener("click", () => edit({}, soon));
groups.addEventListener("click", () => attempt(manage));

function person(one) {
  const tool = (text, work) => make("button", { type: "button", onclick: work, ariaLabel: `${text}: ${one.name}` }, text);
  const messages = session.im === "on" && one.sip;
  const name = make("button", { type: "button", className: "plain name", onclick: () => attempt(() => card(one.id ? { id: one.id } : { address: one.email || one.sip, name: one.name }, soon)) }, one.name || one.email);
  const line = make("li", {},
    face(one.sip || one.email, one.name),
    make("div", {}, name, " ", make("span", { className: "quiet", textContent: one.about }),
      make("div", { className: "quiet", textContent: one.email || one.sip })),
    one.email ? tool("Mail", () => attempt(async () => { await leave(); write("new", null, one.email); })) : null,
    messages ? tool("Message", () => im.talkTo(one.sip, one.name)) : null,
    messages && !im.isContact(one.sip) ? tool("Add contact", () => attempt(async () => {
      await post("im/contact", { do: "add", address: one.sip, name: one.name });
      setTimeout(() => attempt(show), 500);
    })) : null);
  line.dataset.who = String(one.id || one.email || one.sip);
  return line;
}

// The user's own groups: made, named anew, taken away.
async function manage() {
  const { groups: all } = await get("contact-list");
  const button = (text, work, more = {}) => make("button", { type: "button", onclick: work, ...more }, text);
  const change = (wish) => attempt(async () => {
    await post("contact-list", wish);
    dialog.close();
    await manage();
  });
  const row = (group) => {
    const name = make("input", { value: group.name, ariaLabel: "Name of the group", maxLength: 255, disabled: !group.own });
    return make("li", {}, name, make("span", { className: "quiet", textContent: group.members.length === 1 ? "1 contact" : `${group.members.length} contacts` }),
      ...(group.own ? [
        button("Rename", () => change({ do: "rename", group: group.id, name: name.value }), { ariaLabel: `Rename ${group.name}` }),
        button("Remove", async () => {
          if (await confirmed(`The group ${group.name} goes; who is in it stays on your contact list.`, "Remove group")) await change({ do: "remove", group: group.id });
        }, { ariaLabel: `Remove ${group.name}` }),
      ] : []));
  };
  const name = make("input", { name: "name", ariaLabel: "Name of a new group", placeholder: "New group", maxLength: 255 });
  const form = make("form", { className: "sheet groups" }, make("ul", {}, ...all.map(row)),
    make("div", { className: "tools" }, name, make("button", { type: "submit", className: "primary" }, "Add group"), button("Close", () => dialog.close())));
  const dialog = sheet("Groups of your contact list", form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    change({ do: "add", name: name.value });
  });
}
