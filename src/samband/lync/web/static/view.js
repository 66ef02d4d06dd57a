// What the page shows: elements, the lines of the conversation, the list of people.

export function make(name, values = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(values)) {
    if (key in element && key !== "list") element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...inside.flat().filter((one) => one !== null && one !== undefined));
  return element;
}

export const button = (text, click, values = {}) =>
  make("button", { type: "button", onclick: click, ...values }, text);

const LINK = /\bhttps?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

// A text with its links; nothing in it is ever read as HTML.
export function linked(text) {
  const found = [];
  let from = 0;
  for (const one of text.matchAll(LINK)) {
    found.push(text.slice(from, one.index));
    found.push(make("a", { href: one[0], target: "_blank", rel: "noopener noreferrer" }, one[0]));
    from = one.index + one[0].length;
  }
  return [...found, text.slice(from)];
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

// The conversation: what people say, and what happens.
export class Lines {
  constructor(list) {
    this.list = list;
    this.last = "";
    this.unread = 0;
    document.addEventListener("visibilitychange", () => this.#count(0));
  }

  // One text; the element comes back.
  say(who, text, mine, at = new Date()) {
    const same = this.last === `${mine} ${who}`;
    const item = make("li", { className: `${mine ? "mine" : ""} ${same ? "same" : ""}`.trim() },
      same ? null : make("b", {}, mine ? "You" : who), make("p", {}, linked(text)),
      make("time", { dateTime: at.toISOString() }, clock.format(at)));
    this.last = `${mine} ${who}`;
    this.#add(item);
    if (!mine && document.hidden) this.#count(this.unread + 1);
    return item;
  }

  // Something that happened.
  note(text) {
    this.last = "";
    this.#add(make("li", { className: "note" }, text));
  }

  #count(number) {
    this.unread = document.hidden ? number : 0;
    document.title = document.title.replace(/^\(\d+\) /, "");
    if (this.unread) document.title = `(${this.unread}) ${document.title}`;
  }

  #add(item) {
    const end = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 60;
    this.list.append(item);
    while (this.list.children.length > 2000) this.list.firstChild.remove();
    if (end) this.list.scrollTop = this.list.scrollHeight;
  }
}

export const initials = (name) => name.replace(/\(.*\)/, "").split(/[^\p{L}\p{N}]+/u).filter(Boolean).map((one) => [...one][0])
  .filter((_, at, all) => at === 0 || at === all.length - 1).join("").toUpperCase();

// The lobby.
export const waiting = (subject, leave) => make("main", { id: "lobby", className: "card" },
  make("h1", {}, subject), make("p", { role: "status" }, make("span", { className: "dots", ariaHidden: "true" }),
    "You are in the lobby. Somebody in the meeting will let you in."),
  make("p", { className: "quiet" }, "They see your name, and that you wait. You see and hear nothing of the meeting yet."),
  button("Leave the lobby", leave));

export function person(one, controls = []) {
  const words = [one.local ? "You" : "", one.organizer ? "Organizer" : one.role === "Leader" ? "Presenter" : "",
    one.anonymous ? "Guest" : ""].filter(Boolean).join(" \u00b7 ");
  const name = one.name.replace(/ \(guest\)$/, one.anonymous ? "" : "$&");
  return make("li", { className: one.anonymous ? "guest" : "" },
    make("span", { className: "face", ariaHidden: "true" }, initials(one.name)),
    make("span", { className: "name" }, name, words ? make("small", {}, words) : null), controls);
}
