// Files of a message: those of one that is read, and those of one that is written, which are sent to the server at once.

import { attempt, make, note, post, session } from "./api.js";

export function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 ** 2 ? `${Math.ceil(bytes / 1024)} KB` : `${Math.round(bytes / 1024 ** 2 * 10) / 10} MB`;
}

// The files of a message that is read.
export function shown(files) {
  if (!files.length) return null;
  return make("ul", { className: "files", ariaLabel: "Attachments" }, ...files.map((file) => {
    const link = file.link ? { href: file.link, target: "_blank", rel: "noopener noreferrer" }
      : { href: `/owa/api/attachment?id=${file.id}`, download: file.name };
    return make("li", {}, make("a", link, make("span", { className: "clip" }), make("bdi", {}, file.name),
      file.link ? null : make("span", { className: "quiet" }, size(file.size))));
  }));
}

// What is attached to `own`, a message that is being written. `files` is what hangs on it; `own.keep()` makes sure that
// it is a draft, and `own.queue(work)` does one thing after the other.
export function pane(own, files) {
  const list = make("ul", { className: "files", ariaLabel: "Attachments" });
  const choose = make("input", { type: "file", multiple: true, hidden: true, tabIndex: -1, ariaLabel: "Files to attach" });
  const button = make("button", { type: "button", onclick: () => choose.click() }, "Attach files\u2026");
  choose.className = "choose-files";
  choose.addEventListener("change", () => {
    add([...choose.files]);
    choose.value = "";
  });
  const sizes = new Map();
  const total = () => [...sizes.values()].reduce((sum, one) => sum + one, 0);

  function row(name, bytes) {
    const stop = make("button", { type: "button", className: "plain", ariaLabel: `Remove ${name}`, title: "Remove" }, "\u00d7");
    const words = make("span", { className: "quiet" }, size(bytes));
    const line = make("li", {}, make("bdi", {}, name), words, stop);
    sizes.set(line, bytes);
    list.append(line);
    return { line, stop, words };
  }

  function gone(line) {
    const next = line.nextElementSibling || line.previousElementSibling;
    sizes.delete(line);
    line.remove();
    (next?.querySelector("button") || button).focus();
  }

  function hang(file, made = row(file.name, file.size)) {
    made.line.dataset.id = file.id;
    made.stop.onclick = () => own.queue(async () => {
      await post("detach", { draft: own.draft, id: Number(made.line.dataset.id) });
      gone(made.line);
    });
  }

  function add(chosen) {
    for (const file of chosen) {
      if (total() + file.size > session.mostFiles) {
        note(`${file.name} is too large: all files of a message together may have ${size(session.mostFiles)}.`, true);
        continue;
      }
      const made = row(file.name, file.size);
      const bar = make("progress", { max: 1, value: 0, ariaLabel: `Sending ${file.name} to the server` });
      made.words.before(bar);
      own.queue(() => send(own, file, made, bar, hang).catch((error) => {
        gone(made.line);
        throw error;
      }));
    }
  }

  // A forward shows what it will bring before it is a draft.
  for (const file of files) {
    if (own.draft) hang(file);
    else {
      const made = row(file.name, file.size);
      made.stop.onclick = () => attempt(async () => {
        await own.keep(true);
        list.children[[...list.children].indexOf(made.line)]?.querySelector("button").click();
      });
    }
  }

  return { list, button, choose, add, settle: (found) => [...list.children].forEach((line, place) => {
    const stop = line.querySelector("button");
    if (!line.dataset.id && found[place]) hang(found[place], { line, stop });
  }) };
}

// Sends one file; how far it is shows. Fails where it is refused, which is said.
async function send(own, file, made, bar, hang) {
  if (!made.line.isConnected) return;
  await own.make();
  const request = new XMLHttpRequest();
  made.stop.onclick = () => request.abort();
  const words = new URLSearchParams({ draft: own.draft, name: file.name });
  await new Promise((resolve, reject) => {
    request.open("POST", `/owa/api/attach?${words}`);
    request.setRequestHeader("X-OWA-CANARY", session.canary);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; });
    request.addEventListener("load", () => (request.status === 201 ? resolve() : reject(new Error(why(request)))));
    request.addEventListener("error", () => reject(new Error(`${file.name} could not be sent to the server.`)));
    request.addEventListener("abort", () => reject(new Error(`${file.name} was not attached.`)));
    request.send(file);
  });
  bar.remove();
  hang(JSON.parse(request.responseText), made);
}

function why(request) {
  try {
    return JSON.parse(request.responseText).detail;
  } catch {
    return request.status === 413 ? "The file is too large." : `The server answered ${request.status}.`;
  }
}
