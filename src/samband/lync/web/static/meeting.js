// The page of a meeting: joining as a guest or with an account, waiting, talking, leaving.

import * as media from "./media.js";
import { Refusal, Ucwa, link, part, token, words } from "./ucwa.js";
import { Lines, button, make, person } from "./view.js";

const page = document.getElementById("meeting");
const door = document.getElementById("join");
const { focus, id: conference } = page.dataset;
const ways = page.dataset.ways.split(" ").filter(Boolean);
const subject = document.title;
const AGENT = "Samband meeting page";
const GUEST = "urn:microsoft.rtc:anonmeeting";
const WINDOWS = "urn:microsoft.rtc:windows";

// --- the door

function entrance(said = "") {
  const forms = [];
  if (ways.includes("guest") || ways.includes("passcode")) forms.push(guestForm());
  if (ways.includes("password")) forms.push(accountForm(forms.length === 0));
  if (ways.includes("windows") && !ways.includes("password"))
    forms.push(form([], "Join with your Windows account", () => enter({ grant_type: WINDOWS })));
  if (!forms.length) forms.push(make("p", {}, "You can join with a Lync client."));
  door.replaceChildren(said ? make("p", { className: "error", role: "alert" }, said) : "", ...forms);
  page.hidden = false;
  if (!said) door.querySelector("input")?.focus();
}

const field = (text, values) => make("label", {}, text, make("input", { required: true, ...values }));

function form(fields, text, submit) {
  const made = make("form", {}, fields, make("button", { type: "submit", className: "primary" }, text));
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    const pressed = made.querySelector("[type=submit]");
    pressed.disabled = true;
    pressed.textContent = "Joining\u2026";
    await submit(made.elements);
    pressed.disabled = false;
    pressed.textContent = text;
  });
  return made;
}

function guestForm() {
  const name = field("Your name", { name: "name", maxLength: 48, autocomplete: "name", value: remembered() });
  const passcode = ways.includes("passcode") ? field("Passcode", { name: "passcode", autocomplete: "off" }) : null;
  return form([name, passcode].filter(Boolean), "Join as a guest", (given) => {
    remember(given.name.value);
    const password = passcode ? given.passcode.value : conference;
    return enter({ grant_type: GUEST, password, ms_rtc_conferenceuri: focus }, given.name.value);
  });
}

function accountForm(open) {
  const fields = [
    field("User name", { name: "login", autocomplete: "username", autocapitalize: "none" }),
    field("Password", { name: "password", type: "password", autocomplete: "current-password" }),
  ];
  const made = form(fields, "Sign in and join", (given) =>
    enter({ grant_type: "password", username: given.login.value, password: given.password.value }));
  return make("details", { open, className: "account" }, make("summary", {}, "Join with your account"), made);
}

const remembered = () => { try { return localStorage.getItem("samband.name") || ""; } catch { return ""; } };
const remember = (name) => { try { localStorage.setItem("samband.name", name); } catch { /* not kept */ } };

async function enter(fields, name = "") {
  try {
    const bearer = await token(fields);
    await new Meeting(bearer, name, fields).join();
  } catch (problem) {
    complain(problem);
  }
}

function complain(problem) {
  if (!(problem instanceof Refusal)) console.error(problem);
  const usual = problem.subcode === "invalid_grant" ? "The user name or password isn't correct."
    : "That did not work. Try again in a moment.";
  const alert = door.querySelector(".error") || door.insertBefore(make("p", { className: "error", role: "alert" }), door.firstChild);
  alert.textContent = (problem instanceof Refusal && problem.message) || usual;
  door.querySelector("[name=passcode], [name=password]")?.select();
}

// --- the meeting

class Meeting {
  constructor(bearer, name, fields) {
    this.client = new Ucwa(bearer.text, (lost) => this.#lost(lost));
    this.seconds = bearer.seconds;
    this.name = name;
    this.fields = fields;
    this.people = new Map();      // address of the resource -> participant
    this.typing = new Map();      // the same -> timer
    this.mine = new Map();        // number of the operation -> line
    this.leave = () => this.#over("You have left the meeting.");
    addEventListener("pagehide", () => this.client.end());
  }

  async join() {
    const application = await this.client.begin(AGENT);
    if (this.name) this.#renewLater();
    let communication = part(application, "communication");
    const available = link(part(application, "me"), "makeMeAvailable");
    if (available) {
      await this.client.post(available, { supportedModalities: ["Messaging"], supportedMessageFormats: ["Plain"] });
      communication = await this.client.get(link(communication, "self"));
    }
    this.operation = crypto.randomUUID();
    const wanted = { onlineMeetingUri: focus, operationId: this.operation };
    if (this.name) wanted.anonymousDisplayName = this.name;
    await this.client.post(link(communication, "joinOnlineMeeting"), wanted);
    this.client.listen((event, sender) => this.#hear(event, sender), () => this.#resync()).catch((problem) =>
      this.#over(problem instanceof Refusal && problem.status === 404
        ? "The server has ended your part in the meeting." : "The connection to the meeting was lost."));
  }

  // A guest's token lives an hour; the application goes on with the next one.
  #renewLater() {
    setTimeout(async () => {
      if (this.client.over) return;
      try {
        const next = await token({ ...this.fields, ms_rtc_renew: this.client.bearer });
        this.client.bearer = next.text;
        this.seconds = next.seconds;
      } catch { this.seconds = 120; }
      this.#renewLater();
    }, Math.max(30, this.seconds - 600) * 1000);
  }

  // --- what is heard

  #hear(event, sender) {
    const { rel, href } = event.link;
    const shown = part(event, rel);
    const known = `${rel} ${event.type}`;
    if (known === "onlineMeetingInvitation started" || known === "onlineMeetingInvitation updated") this.#waiting(shown);
    else if (known === "onlineMeetingInvitation completed") this.#admitted(event, shown);
    else if (rel === "conversation" && this.conversation !== undefined && href !== this.conversation) return;
    else if (known === "conversation updated" || known === "conversation added") this.#conversing(href, shown);
    else if (known === "conversation deleted") this.#gone(event.reason);
    else if (sender.rel === "conversation" && this.conversation && sender.href !== this.conversation) return;
    else if (known === "messaging updated") this.#messaging(shown);
    else if (known === "messagingInvitation completed" && event.status === "Failure")
      this.lines?.note(event.reason?.message || "Messages cannot be sent now.");
    else if (rel === "participant" || rel === "localParticipant") this.#participant(event, href, shown);
    else if (known === "message completed") this.#message(event, shown);
  }

  #waiting() { /* the lobby */ }

  async #admitted(event, shown) {
    if (shown.operationId !== this.operation) return;
    if (event.status !== "Success") {
      this.#over(event.reason?.message || "The meeting did not let you in.");
      return;
    }
    this.conversation = link(shown, "conversation");
    this.#open();
    await this.#attempt(() => this.#resync());
  }

  #conversing(href, shown) {
    if (this.conversation === href && shown?.subject && this.heading) this.heading.textContent = shown.subject;
  }

  #gone(reason) {
    if (this.room || this.conversation) this.#over(reason?.message || "The meeting is over.");
  }

  async #resync() {
    if (!this.conversation) return;
    const conversation = await this.client.get(this.conversation);
    const found = await this.client.get(link(conversation, "participants"));
    this.people = new Map((part(found, "participant") || []).map((one) => [link(one, "self"), one]));
    this.#list();
    const messaging = await this.client.get(link(conversation, "messaging"));
    this.#messaging(messaging);
    const add = link(messaging, "addMessaging");
    if (add) await this.client.post(add, { operationId: crypto.randomUUID() });
    if (!this.quiet) {
      const resource = await this.client.get(link(conversation, "onlineMeeting"));
      this.quiet = media.start({ resource, client: this.client }, this.media);
    }
  }

  #messaging(shown) {
    this.say = link(shown, "sendMessage");
    this.type = link(shown, "setIsTyping");
    if (!this.room) return;
    this.input.disabled = this.sending.disabled = !this.say;
    if (this.say && this.fresh) {
      this.fresh = false;
      this.input.focus();
    }
  }

  #participant(event, href, shown) {
    if (event.in?.rel === "typingParticipants") {
      this.#types(href, event.type === "added");
      return;
    }
    if (event.in) return;
    const before = this.people.get(href);
    if (event.type === "deleted") {
      this.people.delete(href);
      this.#types(href, false);
      if (before && this.lines) this.lines.note(`${before.name} has left.`);
    } else if (shown) {
      this.people.set(href, shown);
      if (!before && !shown.local && this.lines) this.lines.note(`${shown.name} is here.`);
    }
    this.#list();
  }

  #message(event, shown) {
    if (!this.lines || !shown) return;
    const line = this.mine.get(shown.operationId);
    if (line) {
      this.mine.delete(shown.operationId);
      line.classList.remove("sending");
      if (event.status === "Failure") {
        line.classList.add("failed");
        line.append(make("small", {}, event.reason?.message || "Not delivered"));
      }
    } else if (shown.direction === "Incoming") {
      const href = link(shown, "plainMessage");
      const who = this.people.get(link(shown, "participant"))?.name || "Somebody";
      const at = new Date(Number(/\d+/.exec(shown.timeStamp)?.[0] || Date.now()));
      this.lines.say(who, words(href), false, at);
    }
  }

  #types(href, on) {
    clearTimeout(this.typing.get(href));
    this.typing.delete(href);
    if (on) this.typing.set(href, setTimeout(() => this.#types(href, false), 12000));
    const names = [...this.typing.keys()].map((one) => this.people.get(one)?.name).filter(Boolean);
    if (!this.hint) return;
    this.hint.textContent = names.length === 0 ? "" : names.length === 1 ? `${names[0]} is typing\u2026`
      : names.length === 2 ? `${names[0]} and ${names[1]} are typing\u2026` : "Several people are typing\u2026";
  }

  #lost(lost) {
    if (this.banner) this.banner.hidden = !lost;
  }

  // --- the room

  #open() {
    this.fresh = true;
    this.heading = make("h1", {}, subject);
    this.media = make("section", { id: "media", ariaLabel: "Sound and pictures" });
    const log = make("ol", { id: "lines", role: "log", ariaLabel: "Messages", tabIndex: 0 });
    this.lines = new Lines(log);
    this.hint = make("p", { id: "typing", ariaLive: "polite" });
    this.banner = make("p", { id: "lost", role: "status", hidden: true }, "Reconnecting\u2026");
    this.input = make("textarea", { name: "text", rows: 1, maxLength: 8000, placeholder: "Write a message", ariaLabel: "Message", disabled: true });
    this.sending = make("button", { type: "submit", className: "primary", disabled: true }, "Send");
    const writing = make("form", { id: "say" }, this.input, this.sending);
    writing.addEventListener("submit", (event) => { event.preventDefault(); this.#send(); });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.#send(); }
    });
    this.input.addEventListener("input", () => this.#tell());
    this.list = make("ul", { id: "people" });
    this.count = make("span", {});
    const side = make("aside", { id: "side", ariaLabel: "People" }, make("h2", {}, "People ", this.count), this.list);
    const toggle = button("People", () => {
      const shown = this.room.classList.toggle("with-people");
      toggle.setAttribute("aria-expanded", String(shown));
    }, { id: "show-people", ariaExpanded: "false" });
    const top = make("header", {}, this.heading, toggle, button("Leave", this.leave, { id: "leave", className: "bad" }));
    const talk = make("section", { id: "talk", ariaLabel: "Conversation" }, this.media, log, this.hint, writing);
    this.room = make("div", { id: "room" }, top, this.banner, make("div", { id: "work" }, talk, side));
    page.hidden = true;
    document.body.classList.add("in");
    document.body.append(this.room);
    this.#list();
  }

  #list() {
    if (!this.room) return;
    const order = (one) => `${one.local ? 0 : 1}${one.organizer ? 0 : one.role === "Leader" ? 1 : 2}${one.name.toLowerCase()}`;
    const all = [...this.people.values()].sort((a, b) => order(a).localeCompare(order(b)));
    this.list.replaceChildren(...all.map((one) => person(one)));
    this.count.textContent = all.length ? `(${all.length})` : "";
  }

  async #send() {
    const text = this.input.value.trim();
    if (!text || !this.say) return;
    this.input.value = "";
    this.input.focus();
    this.told = 0;
    const operation = crypto.randomUUID();
    const line = this.lines.say("", text, true);
    line.classList.add("sending");
    this.mine.set(operation, line);
    try {
      await this.client.ask("POST", `${this.say}?OperationContext=${operation}`, text, "text/plain; charset=utf-8");
    } catch (problem) {
      line.classList.add("failed");
      line.append(make("small", {}, problem.message || "Not delivered"));
    }
  }

  // Tells the others that somebody types, at most every few seconds.
  #tell() {
    if (!this.type || this.told > Date.now() - 4000) return;
    this.told = Date.now();
    this.client.post(this.type).catch(() => {});
  }

  async #attempt(work) {
    try { await work(); } catch (problem) { this.#over(problem.message); }
  }

  #over(sentence) {
    if (this.ended) return;
    this.ended = true;
    this.quiet?.();
    this.client.end();
    this.room?.remove();
    document.body.classList.remove("in");
    page.hidden = false;
    entrance(sentence);
  }
}

entrance();
