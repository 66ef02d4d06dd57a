// The sound and pictures of a meeting as they are shown: who is seen and heard, and what one sends oneself.

import { MediaLink } from "./media_link.js";
import { link } from "./ucwa.js";
import { button, initials, make } from "./view.js";

// Begins it in `container`. `meeting` is {resource, client}: the onlineMeeting as the server shows it, and the client
// that asks for more. What comes back ends it; its `changed` is to be called when the server says that `audioVideo`
// has changed.
export function start(meeting, container) {
  const href = link(meeting.resource, "audioVideo");
  const room = new MediaRoom(meeting.client, href, container);
  const end = () => room.close();
  end.changed = () => room.link.changed();
  end.changed();
  return end;
}

class MediaRoom {
  constructor(client, href, container) {
    this.container = container;
    this.link = new MediaLink(client, href, () => this.#show());
    container.media = this.link;              // for whoever looks for the numbers of its connections
    this.said = make("p", { className: "quiet", role: "status" });
    this.tiles = make("ul", { id: "tiles", ariaLabel: "People seen and heard" });
    this.own = make("video", { muted: true, autoplay: true, playsInline: true, className: "mirror" });
    this.self = make("li", { className: "self" }, make("span", { className: "face", ariaHidden: "true" }), this.own,
      make("span", { className: "who" }, "You"));
    this.others = new Map();                  // id -> tile
    this.join = button("Join with audio and video", () => this.#busy(this.join, () => this.link.begin()), { id: "media-join", className: "primary" });
    this.microphone = button("", () => this.#turn("audio", !this.link.microphone), { id: "microphone" });
    this.camera = button("", () => this.#turn("video", !this.link.camera), { id: "camera" });
    this.stop = button("Leave audio and video", () => this.link.end(), { id: "media-leave" });
    this.hear = button("Click to hear", () => this.#play(), { id: "hear", className: "primary", hidden: true });
    this.controls = make("div", { id: "media-controls" }, this.join, this.hear, this.microphone, this.camera, this.stop);
    container.replaceChildren(this.said, this.tiles, this.controls);
    this.#show();
  }

  close() {
    this.link.close();
    this.container.replaceChildren();
  }

  async #busy(pressed, work) {
    pressed.disabled = true;
    try { await work(); } finally { pressed.disabled = false; this.#show(); }
  }

  #turn(kind, on) {
    const pressed = kind === "audio" ? this.microphone : this.camera;
    return this.#busy(pressed, () => this.link.turn(kind, on));
  }

  #show() {
    const { link } = this;
    if (link.closed) return;
    const inside = link.connected && link.wanted;
    this.said.textContent = this.#sentence(inside);
    this.said.hidden = !this.said.textContent;
    this.tiles.hidden = !inside;
    this.join.hidden = link.wanted || !link.available;
    for (const one of [this.microphone, this.camera, this.stop]) one.hidden = !inside;
    this.stop.hidden = !link.wanted;
    name(this.microphone, link.microphone, "Mute", "Unmute");
    this.microphone.disabled = !link.microphone && !link.mayUnmute;
    name(this.camera, link.camera, "Camera off", "Camera on");
    this.controls.hidden = !link.wanted && !link.available;
    if (!inside) { this.#clear(); return; }
    if (this.own.srcObject !== link.own) this.own.srcObject = link.own;
    this.self.classList.toggle("seen", link.camera);
    this.self.classList.toggle("muted", !link.microphone);
    this.#tile();
  }

  #sentence(inside) {
    const { link } = this;
    if (!link.resource.availability) return "";
    if (link.resource.availability === "TextOnly") return "This meeting is text only.";
    if (!link.available) return "Audio and video are not available right now.";
    if (link.wanted && !inside) return "Connecting audio and video\u2026";
    if (inside && !link.microphone && !link.mayUnmute) return "A presenter has muted everybody.";
    if (inside && !link.microphone && link.mutedBy) return link.mutedBy;
    if (inside && link.denied) return `${link.denied} You see and hear the others.`;
    return "";
  }

  #clear() {
    for (const one of this.others.values()) one.video.srcObject = null;
    this.others.clear();
    this.own.srcObject = null;
    this.tiles.replaceChildren();
  }

  // A tile for oneself, and one for everybody else who takes part.
  #tile() {
    const people = this.link.participants;
    const present = new Set(people.map((one) => one.id));
    for (const [id, tile] of this.others) if (!present.has(id)) { tile.video.srcObject = null; this.others.delete(id); }
    for (const one of people) {
      const tile = this.others.get(one.id) || this.#made(one);
      const tracks = this.link.tracks(one.id);
      const held = tile.stream.getTracks();
      if (tracks.length !== held.length || tracks.some((track) => !held.includes(track))) {
        tile.stream = new MediaStream(tracks);
        tile.video.srcObject = tile.stream;
        this.#play();
      }
      tile.item.classList.toggle("seen", one.video);
      tile.item.classList.toggle("muted", !one.audio);
      tile.item.classList.toggle("talking", one.talking);
    }
    const wanted = [this.self, ...people.map((one) => this.others.get(one.id).item)];
    if (wanted.length !== this.tiles.children.length || wanted.some((one, at) => this.tiles.children[at] !== one))
      this.tiles.replaceChildren(...wanted);
  }

  #made(one) {
    const video = make("video", { autoplay: true, playsInline: true });
    const face = make("span", { className: "face", ariaHidden: "true" }, initials(one.name));
    const item = make("li", {}, face, video, make("span", { className: "who" }, one.name));
    item.dataset.id = one.id;
    const tile = { item, video, stream: new MediaStream() };
    this.others.set(one.id, tile);
    return tile;
  }

  // Browsers let a page make sound only after a click; where they refuse, one is asked for.
  #play() {
    this.hear.hidden = true;
    for (const { video } of this.others.values())
      if (video.srcObject) video.play().catch((problem) => { if (problem.name === "NotAllowedError") this.hear.hidden = false; });
  }
}

function name(control, on, whenOn, whenOff) {
  control.textContent = on ? whenOn : whenOff;
  control.setAttribute("aria-pressed", String(on));
  control.classList.toggle("off", !on);
}
