// People: the directory and one's contacts; mail and messages begin here.

import { attempt, face, get, make, post, session } from "./api.js";
import * as im from "./im.js";
import { leave, write } from "./write.js";

const find = document.getElementById("find");
const list = document.querySelector("#people ul");
let waiting = null;

export async function show() {
  const found = await get("people", { q: find.value });
  list.replaceChildren(...found.map(person));
  if (!found.length) list.append(make("p", { className: "empty", textContent: "Nobody was found." }));
}

find.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => attempt(show), 200);
});

function person(one) {
  const tool = (text, work) => make("button", { type: "button", onclick: work }, text);
  const messages = session.im === "on" && one.sip;
  return make("li", {},
    face(one.sip || one.email, one.name),
    make("div", {}, make("b", { textContent: one.name }), " ", make("span", { className: "quiet", textContent: one.about }),
      make("div", { className: "quiet", textContent: one.email || one.sip })),
    one.email ? tool("Mail", () => attempt(async () => { await leave(); write("new", null, one.email); })) : null,
    messages ? tool("Message", () => im.talkTo(one.sip, one.name)) : null,
    messages && !im.isContact(one.sip) ? tool("Add contact", () => attempt(async () => {
      await post("im/contact", { do: "add", address: one.sip, name: one.name });
      setTimeout(() => attempt(show), 500);
    })) : null);
}
