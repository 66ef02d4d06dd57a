// Who is muted in a meeting, and what whoever leads it may do about that.

import { link } from "./ucwa.js";
import { button } from "./view.js";

const WISHES = { muteAudio: "Mute", unmuteAudio: "Unmute" };

export class Muting {
  // `ask` is called with the address of something that is to be done.
  constructor(client, ask) {
    this.client = client;
    this.audio = new Map();                   // address of a participant -> participantAudio
    this.lock = "";
    this.everybody = button("", () => ask(this.lock), { id: "mute-all", hidden: true });
  }

  // Reads it all anew; `people` are participants by their addresses.
  async read(people) {
    this.audio.clear();
    await Promise.all([...people].map(async ([href, one]) => {
      const audio = link(one, "participantAudio");
      if (audio) this.audio.set(href, await this.client.get(audio).catch(() => null));
    }));
  }

  heard(event, shown) {
    if (event.type === "deleted") this.audio.delete(event.in.href);
    else if (shown) this.audio.set(event.in.href, shown);
  }

  // What may be done with somebody: texts, each with its address.
  wishes(one) {
    const audio = one.local ? null : this.audio.get(link(one, "self"));
    return Object.keys(WISHES).filter((wish) => link(audio, wish)).map((wish) => [WISHES[wish], link(audio, wish)]);
  }

  // The conversation has changed: whether all but presenters are muted, and whether one may say so.
  show(conversation) {
    const locked = conversation.audienceMute === "Enabled";
    this.lock = link(conversation, locked ? "disableAudienceMuteLock" : "enableAudienceMuteLock");
    this.everybody.hidden = !this.lock;
    this.everybody.textContent = locked ? "Let everybody speak" : "Mute everybody";
    this.everybody.setAttribute("aria-pressed", String(locked));
  }
}
