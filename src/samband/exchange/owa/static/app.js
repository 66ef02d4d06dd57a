// The client: who is signed in, which place is shown, and the stream of what happens.

import { attempt, face, get, make, note, post, session } from "./api.js";
import * as calendar from "./calendar.js";
import * as im from "./im.js";
import * as mail from "./mail.js";
import * as oof from "./oof.js";
import * as people from "./people.js";

const PLACES = { mail, calendar, people };
const badge = document.getElementById("badge");
const menu = document.getElementById("menu");

function show() {
  const wanted = location.hash.slice(1);
  // The link that skips what stands above the content.
  if (wanted === "work") {
    document.getElementById("work").focus();
    history.replaceState(null, "", `#${document.body.dataset.place}`);
    return;
  }
  const place = wanted in PLACES ? wanted : "mail";
  if (place !== "mail") document.title = `${place === "calendar" ? "Calendar" : "People"} \u2013 Samband`;
  document.body.dataset.place = place;
  for (const name of Object.keys(PLACES)) {
    document.getElementById(name).hidden = name !== place;
    const link = document.querySelector(`#places [data-place=${name}]`);
    link.classList.toggle("here", name === place);
    if (name === place) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  attempt(() => PLACES[place].show());
}

function identify() {
  const word = make("span", { className: "word" });
  word.id = "my-word";
  badge.replaceChildren(make("span", {}, session.name, word), face(session.sip || session.email, session.name));
}

function close() {
  menu.hidden = true;
  badge.setAttribute("aria-expanded", "false");
}

function choose(choice) {
  close();
  attempt(() => post("im/presence", { presence: choice }));
}

// The photo is shown anew at once, whatever browsers keep of the one before.
function changePhoto() {
  const file = make("input", { type: "file", accept: "image/*" });
  file.addEventListener("change", () => attempt(async () => {
    await post("photo", file.files[0]);
    session.photo = Date.now();
    identify();
    note("Your photo was changed.");
  }));
  file.click();
}

function openMenu() {
  const choices = session.im === "on" ? im.CHOICES.map(([choice, text]) => make("button", {
    type: "button", role: "menuitem", onclick: () => choose(choice),
  }, make("span", { className: `dot ${choice}` }), text)) : [];
  const out = make("form", { method: "post", action: "/owa/auth/logoff" }, make("button", { type: "submit", role: "menuitem" }, "Sign out"),
    make("button", { type: "submit", role: "menuitem", name: "everywhere", value: "yes", title: "In every browser in which you are signed in" }, "Sign out everywhere"));
  out.firstChild.id = "sign-out";
  const item = (text, work) => make("button", { type: "button", role: "menuitem", onclick: () => { close(); work(); } }, text);
  const own = [item("Out of office\u2026", () => attempt(oof.show)), item("Change photo\u2026", changePhoto), make("hr")];
  menu.replaceChildren(...choices, ...(choices.length ? [make("hr")] : []), ...own, make("p", { className: "quiet", textContent: session.email }), out);
  for (const one of menu.querySelectorAll("button")) one.tabIndex = -1;
  menu.querySelector("button").focus();
}

// In the menu by keyboard: up and down, to its ends, and out of it.
menu.addEventListener("keydown", (event) => {
  const items = [...menu.querySelectorAll("button")], here = items.indexOf(document.activeElement);
  const to = { ArrowDown: here + 1, ArrowUp: here - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Tab") close();
  if (to === undefined) return;
  items[to % items.length].focus();
  event.preventDefault();
});

badge.addEventListener("click", () => {
  menu.hidden = !menu.hidden;
  badge.setAttribute("aria-expanded", String(!menu.hidden));
  if (!menu.hidden) openMenu();
});
document.addEventListener("click", (event) => {
  if (!document.getElementById("me").contains(event.target)) close();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !menu.hidden) {
    close();
    badge.focus();
  }
});

// `again`: after a stream that ended for good, so that nobody knows what was missed.
function listen(again = false) {
  const events = new EventSource("/owa/api/events");
  const lost = document.getElementById("lost");
  let gone = 0;
  events.addEventListener("begin", (event) => {
    clearTimeout(gone);
    lost.hidden = true;
    attempt(im.read);
    if (again || JSON.parse(event.data).missed) {
      mail.changed({ folder: 0 });
      calendar.changed();
    }
    again = false;
  });
  events.addEventListener("mail", (event) => {
    const change = JSON.parse(event.data);
    mail.changed(change);
    calendar.changed();
    people.changed();
  });
  events.addEventListener("im", (event) => im.hear(JSON.parse(event.data)));
  events.addEventListener("signed-out", () => location.assign("/owa/auth/logon"));
  events.addEventListener("error", () => {
    clearTimeout(gone);
    gone = setTimeout(() => { lost.hidden = false; }, 4000);
    // A browser gives up for good where it gets another answer than a stream: it is signed out, or the server begins.
    if (events.readyState === EventSource.CLOSED) {
      lost.hidden = false;
      setTimeout(comeBack, 3000);
      clearTimeout(gone);
    }
  });
}

async function comeBack() {
  // Who is signed out is sent away by this; whatever else is wrong, the stream tries again.
  await get("session").catch(() => {});
  listen(true);
}

await attempt(async () => {
  Object.assign(session, await get("session"));
  identify();
  addEventListener("hashchange", show);
  im.onStatus(identify);
  show();
  listen();
});
