// The card of somebody, and the form of a contact.

import { attempt, confirmed, face, get, make, note, post, session, sheet } from "./api.js";
import { invite } from "./appointment.js";
import * as im from "./im.js";
import { leave, write } from "./write.js";

const ROWS = [["title", "Title"], ["department", "Department"], ["company", "Company"], ["office", "Office"], ["email", "E-mail"], ["email2", "E-mail 2"],
  ["sip", "Messages"], ["work", "Work"], ["mobile", "Mobile"], ["home", "Home"]];
const FIELDS = [["given", "First name"], ["surname", "Last name"], ["name", "Shown as"], ...ROWS];
const LINKS = { work: "tel:", mobile: "tel:", home: "tel:" };

const button = (text, work, more = {}) => make("button", { type: "button", onclick: work, ...more }, text);

// Shows whom `wanted` names: `{ id }` of a contact, or `{ address, name }`. `changed` hears when a contact is another one.
export async function card(wanted, changed = () => {}) {
  const one = await get("card", wanted.id ? { id: wanted.id } : { address: wanted.address, name: wanted.name || "" });
  const known = one.sip || one.email;
  const presence = make("div", { className: "quiet presence" });
  presence.dataset.said = (one.sip || "").toLowerCase();
  const value = (name) => (LINKS[name] ? make("a", { href: LINKS[name] + one[name].replace(/[^+\d]/g, ""), textContent: one[name] }) : make("span", { textContent: one[name] }));
  const form = make("form", { className: "sheet card" },
    make("div", { className: "sender" }, face(known, one.name), make("div", {}, presence,
      make("div", { className: "quiet", textContent: one.directory ? "In the directory" : one.id ? "Among your contacts" : "Neither in the directory nor among your contacts" }))),
    make("dl", {}, ...ROWS.filter(([name]) => one[name]).flatMap(([name, words]) => [make("dt", { textContent: words }), make("dd", {}, value(name))])),
    one.notes ? make("div", { className: "words", textContent: one.notes }) : null);
  const dialog = sheet(one.name || one.email, form);
  const then = (work) => () => { dialog.close(); attempt(work); };
  const messages = session.im === "on" && one.sip && one.sip.toLowerCase() !== session.sip.toLowerCase();
  form.append(...await listed(one, messages), make("div", { className: "tools" },
    one.email ? button("Mail", then(async () => { await leave(); write("new", null, one.email); }), { className: "primary" }) : "",
    messages ? button("Message", then(() => im.talkTo(one.sip, one.name))) : "",
    one.email ? button("Meeting", then(() => invite(one.email))) : "",
    one.contact ? button("Edit contact", then(async () => edit(await get("card", { id: one.contact }), changed))) : button("Add to contacts", then(() => edit(one, changed))),
    one.contact ? button("Delete contact", () => remove(one, dialog, changed)) : "",
    button("Close", () => dialog.close())));
  document.dispatchEvent(new CustomEvent("dots"));
}

// Whether somebody is on the contact list of instant messaging, and in which groups of it.
async function listed(one, messages) {
  if (!messages) return [];
  const address = one.sip.toLowerCase();
  const there = im.isContact(address);
  const on = make("input", { type: "checkbox", checked: there });
  on.addEventListener("change", () => attempt(async () => {
    await post("im/contact", { do: on.checked ? "add" : "remove", address: one.sip, name: one.name });
    note(on.checked ? "On your contact list." : "No more on your contact list.");
  }));
  const list = there ? await get("contact-list") : { groups: [] };
  const boxes = list.groups.filter((group) => group.own).map((group) => {
    const box = make("input", { type: "checkbox", checked: group.members.includes(address) });
    box.addEventListener("change", () => attempt(() => post("contact-list", { do: box.checked ? "join" : "leave", group: group.id, address })));
    return make("label", { className: "check" }, box, group.name);
  });
  return [make("label", { className: "check" }, on, "On my contact list"),
    boxes.length ? make("fieldset", { className: "groups" }, make("legend", { textContent: "Groups" }), ...boxes) : ""];
}

async function remove(one, dialog, changed) {
  if (!await confirmed(`${one.name} is no more among your contacts.`, "Delete contact")) return;
  await attempt(async () => {
    await post("contact/delete", { id: one.contact });
    dialog.close();
    changed();
  });
}

// A contact's form; `one` without a number is a new one.
export function edit(one, changed) {
  const field = ([name, words]) => make("label", {}, words, make("input", { name, value: one[name] || "", autocomplete: "off", maxLength: 255 }));
  const form = make("form", { className: "sheet" }, make("div", { className: "pairs" }, ...FIELDS.map(field)),
    make("textarea", { name: "notes", placeholder: "Notes", ariaLabel: "Notes", value: one.notes || "", maxLength: 32000 }),
    make("div", { className: "tools" }, make("button", { type: "submit", className: "primary" }, "Save"), button("Cancel", () => dialog.close())));
  const dialog = sheet(one.id ? "Edit contact" : "New contact", form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      await post("contact", { ...Object.fromEntries(new FormData(form)), id: one.id || 0 });
      dialog.close();
      note("Your contact is kept.");
      changed();
    });
  });
}
