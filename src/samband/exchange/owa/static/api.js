// The interface of the server: documents by GET, wishes by POST with the canary of this session.

export const session = {};

async function taken(answer) {
  if (answer.status === 401) {
    location.assign("/owa/auth/logon");
    throw new Error("Signed out");
  }
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    const text = problem.detail || `The server answered ${answer.status}.`;
    throw Object.assign(new Error(text), { status: answer.status, code: problem.title });
  }
  return answer.status === 204 ? null : answer.json();
}

export async function get(path, words = {}) {
  const query = new URLSearchParams(words).toString();
  return taken(await fetch(`/owa/api/${path}${query ? `?${query}` : ""}`));
}

export async function post(path, wish) {
  try {
    return await posted(path, wish);
  } catch (error) {
    if (error.code !== "WrongCanary") throw error;
    await signedInAnew();
    return posted(path, wish);
  }
}

// Somebody signed in by another page of this browser: if it is somebody else, this page shows what is not theirs.
async function signedInAnew() {
  const found = await get("session");
  if (found.email !== session.email) {
    location.reload();
    throw new Error("Somebody else signed in.");
  }
  Object.assign(session, found);
}

async function posted(path, wish) {
  const file = wish instanceof Blob;
  return taken(await fetch(`/owa/api/${path}`, {
    method: "POST",
    headers: { "Content-Type": file ? wish.type : "application/json", "X-OWA-CANARY": session.canary },
    body: file ? wish : JSON.stringify(wish),
  }));
}

// Says something at the foot of the page for a few seconds.
export function note(text, bad = false) {
  const line = make("p", { className: bad ? "bad" : "", role: bad ? "alert" : null, textContent: text });
  document.getElementById("notes").append(line);
  setTimeout(() => line.remove(), bad ? 8000 : 4000);
}

// Runs a wish of the user; what goes wrong is said.
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    note(error.message, true);
    return undefined;
  }
}

// An element with properties and children; texts are never taken for markup.
export function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Somebody's photo; `address` also names whose presence the dot on it shows.
export function face(address, name, { small = false, dot = true } = {}) {
  const words = new URLSearchParams({ address: address || "?", name: name || "", size: 96 });
  if (session.photo && [session.email, session.sip].includes(address)) words.set("v", session.photo);
  const picture = make("img", { src: `/owa/api/photo?${words}`, alt: "", loading: "lazy" });
  const frame = make("span", { className: small ? "face small" : "face" }, picture);
  if (dot && session.im === "on" && address) {
    const mark = make("span", { className: "dot unknown" });
    mark.dataset.of = address.toLowerCase();
    frame.append(mark);
    document.dispatchEvent(new CustomEvent("dots"));
  }
  return frame;
}

export function when(text) {
  const moment = new Date(text), now = new Date();
  if (moment.toDateString() === now.toDateString()) {
    return moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  }
  const near = Math.abs(now - moment) < 6 * 86400e3;
  return moment.toLocaleDateString([], near ? { weekday: "short", day: "numeric" } : { year: "numeric", month: "short", day: "numeric" });
}

// A form in a window of its own, under a heading.
export function sheet(heading, form) {
  const title = make("h2", { textContent: heading, id: `heading-${++sheets}` });
  const dialog = make("dialog", {}, title, form);
  dialog.setAttribute("aria-labelledby", title.id);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
}

let sheets = 0;

// Asks; whether the user said yes.
export function confirmed(question, yes) {
  return new Promise((resolve) => {
    const answer = (value) => { resolve(value); dialog.close(); };
    const form = make("form", { className: "sheet" }, make("p", { textContent: question }), make("div", { className: "tools" },
      make("button", { type: "button", className: "primary yes", onclick: () => answer(true) }, yes),
      make("button", { type: "button", onclick: () => answer(false) }, "Go back")));
    const dialog = sheet("Are you sure?", form);
    dialog.addEventListener("close", () => resolve(false));
  });
}
