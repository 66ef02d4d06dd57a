// The sound and pictures of one client: a connection that sends, one that receives, and the server's resource
// `audioVideo`, whose state both follow. Nothing is lost with a lost event: the resource is read again, whole.

import { link } from "./ucwa.js";

const GATHERING = 2000;                       // milliseconds that candidates may take; those found by then are told
const AGAIN = [0.3, 1, 2, 4, 8, 15, 30];      // seconds between attempts to come back

export class MediaLink {
  // `shown` is called whenever something is to be shown differently.
  constructor(client, href, shown) {
    this.client = client;
    this.href = href;
    this.shown = shown;
    this.resource = {};
    this.wanted = false;
    this.own = new MediaStream();
    this.microphone = this.camera = false;
    this.denied = "";
    this.from = new Map();                    // mid -> id of whoever it comes from
    this.failed = 0;
    this.timesMuted = {};                     // medium -> how often somebody has muted it, as far as was followed
    this.mutedBy = "";                        // the sentence that says so, until one speaks again
    this.settings = {};                       // more of those that a browser takes for a connection
  }

  get available() { return this.resource.availability === "Available"; }
  get connected() { return this.resource.state === "Connected"; }
  get mayUnmute() { return this.resource.mayUnmute !== false; }
  get participants() { return (this.connected && this.resource.participants) || []; }

  // The tracks that come from somebody.
  tracks(id) {
    const found = this.receiver?.getTransceivers().filter((one) => this.from.get(one.mid) === id) || [];
    return found.map((one) => one.receiver.track);
  }

  // The resource has changed, or may have. One reading at a time; what changes meanwhile is read after it.
  async changed() {
    this.news = true;
    if (this.reading) return this.reading;
    this.reading = this.#read();
    try { await this.reading; } finally { this.reading = null; }
  }

  async #read() {
    while (this.news && !this.closed) {
      this.news = false;
      try {
        await this.#follow(await this.client.get(this.href));
      } catch (problem) {
        console.warn("media:", problem.message);
        if (this.wanted) this.#later();
      }
    }
  }

  // Takes part: sends what it may, receives all.
  async begin() {
    this.wanted = true;
    if (!this.own.getTracks().length && !this.denied) await this.#devices();
    await this.#start();
  }

  async end() {
    this.wanted = false;
    clearTimeout(this.timer);
    for (const track of this.own.getTracks()) { track.stop(); this.own.removeTrack(track); }
    this.microphone = this.camera = false;
    this.denied = "";
    this.#hangUp();
    const stop = link(this.resource, "stop");
    this.resource = { ...this.resource, state: "Disconnected" };
    if (stop) await this.client.post(stop).catch(() => {});
    if (!this.closed) await this.changed();
  }

  close() {
    this.closed = true;
    this.end();
  }

  // Turns the microphone or the camera on or off.
  async turn(kind, on) {
    if (on && kind === "audio") this.mutedBy = "";
    await this.#switch(kind, on);
  }

  async #switch(kind, on) {
    const track = this.own.getTracks().find((one) => one.kind === kind);
    if (on && !track) await this.#device(kind);
    else if (!on && kind === "video" && track) { track.stop(); this.own.removeTrack(track); }
    else if (track) track.enabled = on;
    this.#look();
    if (this.sender) {
      const now = kind === "video" ? this.own.getVideoTracks()[0] : this.own.getAudioTracks()[0];
      await this.senders[kind].sender.replaceTrack(now || null);
      const report = link(this.resource, "report");
      if (report) await this.client.post(report, { audio: this.microphone, video: this.camera }).catch(() => {});
    } else if (this.connected && this.own.getTracks().length) {
      await this.#attempt(() => this.#publish());
    }
    this.shown();
  }

  // --- devices

  async #devices() {
    for (const wish of [{ audio: true, video: true }, { audio: true }, { video: true }]) {
      try {
        this.own = await navigator.mediaDevices.getUserMedia(wish);
        this.denied = "";
        break;
      } catch (problem) {
        this.denied = problem.name === "NotAllowedError" ? "The browser may not use your microphone and camera."
          : "No microphone or camera was found.";
      }
    }
    this.#look();
  }

  async #device(kind) {
    try {
      const found = await navigator.mediaDevices.getUserMedia({ [kind]: true });
      for (const track of found.getTracks()) this.own.addTrack(track);
      this.denied = "";
    } catch {
      this.denied = kind === "video" ? "The camera cannot be used." : "The microphone cannot be used.";
    }
  }

  #look() {
    const on = (tracks) => tracks.some((one) => one.enabled && one.readyState === "live");
    this.microphone = on(this.own.getAudioTracks());
    this.camera = on(this.own.getVideoTracks());
  }

  // --- the part in the meeting

  async #start() {
    clearTimeout(this.timer);
    const start = link(this.resource, "start");
    if (!start || this.starting) return;
    this.starting = true;
    this.#hangUp();
    await this.#attempt(async () => {
      this.resource = await this.client.post(start);
      this.generation = this.resource.generation;
      this.timesMuted = {};
      if (this.own.getTracks().length) await this.#publish();
    });
    this.starting = false;
    await this.changed();
  }

  async #attempt(work) {
    try {
      await work();
    } catch (problem) {
      console.warn("media:", problem.message);
      if (this.wanted) this.#later();
    }
    this.shown();
  }

  // Tries again, less and less often.
  #later() {
    clearTimeout(this.timer);
    const seconds = AGAIN[Math.min(this.failed++, AGAIN.length - 1)];
    this.timer = setTimeout(() => (this.connected && this.sender ? this.changed() : this.#start()), seconds * 1000);
  }

  async #follow(resource) {
    if (this.closed || this.starting) { this.resource = resource; return; }
    const before = this.connected;
    this.resource = resource;
    if (!this.connected) {
      if (before) this.#hangUp();
      if (this.wanted && this.available) this.#later();
    } else {
      if (resource.generation !== this.generation) this.#deafen(resource.generation);
      await this.#hush(resource);
      if (resource.offer && resource.offer.number !== this.answered) await this.#receive(resource.offer);
    }
    this.shown();
  }

  // Whoever is muted by somebody has their own microphone or camera off from then on, until they turn it on.
  async #hush(resource) {
    for (const [kind, times] of Object.entries(resource.timesMuted || {})) {
      if (times <= (this.timesMuted[kind] || 0)) continue;
      this.timesMuted[kind] = times;
      if (kind === "audio") this.mutedBy = "You were muted.";
      if (kind === "audio" ? this.microphone : this.camera) await this.#switch(kind, false);
    }
  }

  #deafen(generation) {
    this.generation = generation;
    this.receiver?.close();
    this.receiver = null;
    this.from.clear();
  }

  #hangUp() {
    this.sender?.close();
    this.sender = null;
    this.answered = 0;
    this.#deafen(this.generation);
  }

  #connection() {
    const made = new RTCPeerConnection({ iceServers: this.resource.iceServers || [], ...this.settings });
    made.addEventListener("connectionstatechange", () => {
      if (made.connectionState === "connected") this.failed = 0;
      if (made.connectionState === "failed" && (made === this.sender || made === this.receiver)) {
        this.#hangUp();
        this.resource = { ...this.resource, state: "Disconnected" };
        if (this.wanted) this.#later();
      }
      this.shown();
    });
    return made;
  }

  // Both media are offered from the start: what is turned on later needs no new agreement.
  async #publish() {
    const sender = this.sender = this.#connection();
    const of = (kind) => this.own.getTracks().find((one) => one.kind === kind) || kind;
    const add = (kind) => sender.addTransceiver(of(kind), { direction: "sendonly", streams: [this.own] });
    this.senders = { audio: add("audio"), video: add("video") };
    await sender.setLocalDescription(await sender.createOffer());
    await gathered(sender);
    const wanted = { sdp: sender.localDescription.sdp, audio: this.microphone, video: this.camera };
    const answer = await this.client.post(link(this.resource, "publish"), wanted);
    if (this.sender === sender) await sender.setRemoteDescription({ type: "answer", sdp: answer.sdp });
  }

  async #receive(offer) {
    this.receiver ||= this.#connection();
    const receiver = this.receiver;
    await receiver.setRemoteDescription({ type: "offer", sdp: offer.sdp });
    this.from = new Map(offer.tracks.map((one) => [one.mid, one.from]));
    await receiver.setLocalDescription(await receiver.createAnswer());
    await gathered(receiver);
    this.answered = offer.number;
    await this.client.post(link(this.resource, "answer"), { number: offer.number, sdp: receiver.localDescription.sdp });
  }
}

// Resolves when every candidate was found, or enough time has passed.
function gathered(connection) {
  if (connection.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((done) => {
    const timer = setTimeout(done, GATHERING);
    connection.addEventListener("icegatheringstatechange", () => {
      if (connection.iceGatheringState !== "complete") return;
      clearTimeout(timer);
      done();
    });
  });
}
