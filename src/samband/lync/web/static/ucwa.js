// A client of UCWA: it gets a token, makes an application, follows links and reads the event channel.

const TOKENS = "/WebTicket/oauthtoken";
const APPLICATIONS = "/ucwa/oauth/v1/applications";
const RETRY = [1, 2, 4, 8, 15, 15, 15, 15, 15, 15];   // seconds between attempts while the server is out of reach

export class Refusal extends Error {
  constructor(message, status = 0, subcode = "", later = 0) {
    super(message);
    this.status = status;
    this.subcode = subcode;
    this.later = later;
  }
}

// Asks the token service; `fields` are those of the form. Answers the token and the seconds of its life.
export async function token(fields) {
  const answer = await reach(TOKENS, { method: "POST", body: new URLSearchParams(fields), credentials: "include" });
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return { text: body.access_token, seconds: body.expires_in };
  const later = Number(answer.headers.get("Retry-After") || 0);
  throw new Refusal(body.error_description || "", answer.status, body.error || "", later);
}

// The address of a link of a resource; empty where the resource cannot do that.
export const link = (resource, rel) => resource?._links?.[rel]?.href || "";
export const part = (resource, rel) => resource?._embedded?.[rel];

// What a link to a text holds: a data: address, written as forms are.
export function words(href) {
  const text = href.slice(href.indexOf(",") + 1);
  return href.slice(0, href.indexOf(",")).endsWith(";base64")
    ? new TextDecoder().decode(Uint8Array.from(atob(decodeURIComponent(text)), (c) => c.charCodeAt(0)))
    : decodeURIComponent(text.replaceAll("+", " "));
}

export class Ucwa {
  // `lost(true)` is called when the server is out of reach, `lost(false)` when it is back.
  constructor(bearer, lost) {
    this.bearer = bearer;
    this.lost = lost;
    this.application = null;
    this.over = false;
  }

  // Makes the application.
  async begin(agent) {
    const body = { UserAgent: agent, EndpointId: crypto.randomUUID(), Culture: navigator.language || "en-US" };
    this.application = await this.ask("POST", APPLICATIONS, body);
    return this.application;
  }

  // One request; the JSON of its answer, null where it has none. Throws Refusal.
  async ask(method, href, body, kind = "application/json", more = {}) {
    const headers = { Authorization: `Bearer ${this.bearer}`, Accept: "application/json", ...more.headers };
    if (body !== undefined) headers["Content-Type"] = kind;
    const data = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const answer = await reach(href, { ...more, method, headers, body: data });
    const text = await answer.text();
    const readable = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    const found = text && readable ? JSON.parse(text) : null;
    if (answer.ok) return found;
    throw new Refusal(found?.message || `The server answered ${answer.status}.`, answer.status, found?.subcode || "");
  }

  get(href) { return this.ask("GET", href); }
  post(href, body = {}) { return this.ask("POST", href, body); }

  // Changes a resource that was read.
  put(resource) {
    const headers = { "If-Match": `"${resource.etag}"` };
    return this.ask("PUT", link(resource, "self"), resource, "application/json", { headers });
  }

  // Ends the application; also while the page goes away.
  end() {
    if (this.over) return;
    this.over = true;
    this.waiting?.abort();
    const own = link(this.application, "self");
    if (own) this.ask("DELETE", own, undefined, "", { keepalive: true }).catch(() => {});
  }

  // Does `work` again and again while the server is out of reach. Throws Refusal.
  async steadily(work) {
    for (let failed = 0; ; failed += 1) {
      try {
        const found = await work();
        if (failed) this.lost(false);
        return found;
      } catch (problem) {
        const passing = problem instanceof Refusal && (problem.status === 0 || problem.status >= 500);
        if (this.over || !passing || failed >= RETRY.length) throw problem;
        this.lost(true);
        await rest(RETRY[failed]);
      }
    }
  }

  // Reads the channel until the application ends. `hear` gets each event with its sender; `resync` is called where
  // news were lost, or what there was is over. What was not acknowledged is told again, so an interruption loses
  // nothing. Throws Refusal.
  async listen(hear, resync) {
    let href = link(this.application, "events");
    this.waiting = new AbortController();
    const { signal } = this.waiting;
    try {
      while (!this.over) {
        const told = await this.steadily(() => this.ask("GET", href, undefined, "", { signal }));
        const anew = link(told, "resync") || link(told, "resume");
        href = anew || link(told, "next");
        if (anew) await this.steadily(resync);
        for (const sender of told.sender || []) for (const event of sender.events) hear(event, sender);
      }
    } catch (problem) {
      if (!this.over) throw problem;
    }
  }
}

// Waits so many seconds, or until the browser says that the network is back.
const rest = (seconds) => new Promise((done) => {
  setTimeout(done, seconds * 1000);
  addEventListener("online", done, { once: true });
});

// fetch, but what cannot be reached is a Refusal too.
async function reach(href, wishes) {
  try {
    return await fetch(href, { cache: "no-store", redirect: "error", ...wishes });
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
    throw new Refusal("The server cannot be reached.");
  }
}
