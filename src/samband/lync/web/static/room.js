// Somebody's part in a meeting: waiting in the lobby, talking, leading, leaving.

import * as media from "./media.js";
import { Muting } from "./muting.js";
import * as options from "./options.js";
import { Refusal, Ucwa, link, part, token, words } from "./ucwa.js";
import { Lines, button, make, person, waiting } from "./view.js";

const AGENT = "Samband meeting page";
const WISHES = { promote: "Make presenter", demote: "Make attendee", eject: "Remove" };

export class Meeting {
  // `name` is a guest's; `fields` are those the token was got with. `opened` is called with what is to be shown
  // instead of the door, `over` with a sentence when all is over.
  constructor({ focus, bearer, name, fields, subject, opened, over }) {
    this.client = new Ucwa(bearer.text, (lost) => this.#lost(lost));
    this.seconds = bearer.seconds;
    Object.assign(this, { focus, name, fields, subject, opened, over });
    this.people = new Map();      // address of the resource -> participant
    this.typing = new Map();      // the same -> timer
    this.muting = new Muting(this.client, (href) => this.#ask(href));
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
    const wanted = { onlineMeetingUri: this.focus, operationId: this.operation };
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
    else if (rel === "participantAudio") {
      this.muting.heard(event, shown);
      this.#list();
    }
    else if (known === "message completed") this.#message(event, shown);
    else if (known === "audioVideo updated") this.quiet?.changed();
  }

  // In the lobby there is nothing to see but that one waits.
  #waiting(shown) {
    if (shown?.operationId !== this.operation || this.lobby || this.room) return;
    this.client.get(link(shown, "conversation")).then((conversation) => {
      if (conversation.state !== "InLobby" || this.lobby || this.room || this.ended) return;
      this.lobby = waiting(this.subject, () => this.#over("You have left the lobby."));
      this.opened(this.lobby);
      this.lobby.querySelector("button").focus();
    }).catch(() => {});
  }

  async #admitted(event, shown) {
    if (shown.operationId !== this.operation) return;
    if (event.status !== "Success") {
      this.#over(event.reason?.message || "The meeting did not let you in.");
      return;
    }
    this.conversation = link(shown, "conversation");
    this.lobby?.remove();
    this.#open();
    try {
      await this.client.steadily(() => this.#resync());
    } catch (problem) {
      this.#over(problem.message);
    }
  }

  #conversing(href, shown) {
    if (this.conversation !== href || !shown) return;
    if (shown.subject && this.heading) this.heading.textContent = shown.subject;
    this.muting.show(shown);
    this.quiet?.changed();
  }

  #gone(reason) {
    if (this.room || this.conversation) this.#over(reason?.message || "The meeting is over.");
  }

  async #resync() {
    if (!this.conversation) return;
    const conversation = await this.client.get(this.conversation);
    const found = await this.client.get(link(conversation, "participants"));
    this.people = new Map((part(found, "participant") || []).map((one) => [link(one, "self"), one]));
    await this.muting.read(this.people);
    this.muting.show(conversation);
    this.#list();
    const messaging = await this.client.get(link(conversation, "messaging"));
    this.#messaging(messaging);
    const add = link(messaging, "addMessaging");
    if (add) await this.client.post(add, { operationId: crypto.randomUUID() });
    const resource = await this.client.get(link(conversation, "onlineMeeting"));
    if (this.quiet) this.quiet.changed();
    else this.quiet = media.start({ resource, client: this.client }, this.media);
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
      if (before && !before.inLobby) this.lines?.note(`${before.name} has left.`);
    } else if (shown) {
      this.people.set(href, shown);
      if ((!before || before.inLobby) && !shown.inLobby && !shown.local) this.lines?.note(`${shown.name} is here.`);
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
    this.heading = make("h1", {}, this.subject);
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
    this.toggle = button("People", () => {
      this.toggle.ariaExpanded = String(this.room.classList.toggle("with-people"));
    }, { id: "show-people", ariaExpanded: "false" });
    this.deciding = button("Options", () => this.#decide(), { id: "decide", hidden: true });
    const top = make("header", {}, this.heading, this.muting.everybody, this.deciding, this.toggle, button("Leave", this.leave, { id: "leave", className: "bad" }));
    const talk = make("section", { id: "talk", ariaLabel: "Conversation" }, this.media, log, this.hint, writing);
    this.knocking = make("ul", { id: "knocking", role: "status", hidden: true });
    this.room = make("div", { id: "room" }, top, this.banner, this.knocking, make("div", { id: "work" }, talk, side));
    this.opened(this.room);
    this.room.addEventListener("click", (event) => this.#close(event.target.closest(".menu")));
    this.room.addEventListener("keydown", (event) => { if (event.key === "Escape") this.#close(null); });
    this.#list();
  }

  #list() {
    if (!this.room) return;
    const order = (one) => `${one.local ? 0 : 1}${one.organizer ? 0 : one.role === "Leader" ? 1 : 2}${one.name.toLowerCase()}`;
    const all = [...this.people.values()].sort((a, b) => order(a).localeCompare(order(b)));
    this.deciding.hidden = !all.some((one) => one.local && one.organizer);
    const inside = all.filter((one) => !one.inLobby);
    this.list.replaceChildren(...inside.map((one) => person(one, this.#controls(one))));
    this.count.textContent = inside.length ? `(${inside.length})` : "";
    const outside = all.filter((one) => one.inLobby);
    this.knocking.hidden = !outside.length;
    this.knocking.replaceChildren(...outside.map((one) => make("li", {}, make("span", {}, `${one.name} waits in the lobby.`),
      make("div", {}, button("Let in", () => this.#ask(link(one, "admit")), { className: "primary" }),
        button("Turn away", () => this.#ask(link(one, "reject")))))));
    this.toggle.textContent = `People${this.count.textContent && ` ${this.count.textContent}`}`;
  }

  // What a presenter may do with somebody: a menu of the links there are.
  #controls(one) {
    const leading = Object.keys(WISHES).filter((wish) => link(one, wish)).map((wish) => [WISHES[wish], link(one, wish)]);
    const wishes = [...this.muting.wishes(one), ...leading];
    if (!wishes.length) return [];
    const menu = make("details", { className: "menu" }, make("summary", { ariaLabel: `More for ${one.name}` }, "\u22ef"),
      make("div", {}, wishes.map(([text, href]) => button(text, () => { menu.open = false; this.#ask(href); }))));
    return [menu];
  }

  async #decide() {
    try {
      const meeting = await options.own(this.client, this.focus);
      if (meeting) options.show(this.client, meeting, this.room);
      else this.lines.note("This meeting was made on the spot: it has no options.");
    } catch (problem) {
      this.lines.note(problem.message);
    }
  }

  // Closes every menu but one.
  #close(kept) {
    for (const menu of this.list.querySelectorAll(".menu[open]")) if (menu !== kept) menu.open = false;
  }

  async #ask(href) {
    try {
      await this.client.post(href);
    } catch (problem) {
      this.lines.note(problem.message);
    }
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

  #over(sentence) {
    if (this.ended) return;
    this.ended = true;
    this.quiet?.();
    this.client.end();
    this.lobby?.remove();
    this.room?.remove();
    this.over(sentence);
  }
}
