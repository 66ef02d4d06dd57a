// Fields of recipients: people the directory and one's contacts know are offered for what is typed last.

import { get, make } from "./api.js";

let number = 0;

export function suggests(input) {
  const list = make("datalist", { id: `people-${number += 1}` });
  let waiting = null;
  input.after(list);
  input.setAttribute("list", list.id);
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    const [, before, word] = /^(.*[;,]\s*)?([^;,]*)$/s.exec(input.value);
    if (word.trim().length < 2 || word.includes("@")) {
      list.replaceChildren();
      return;
    }
    waiting = setTimeout(async () => {
      const found = await get("people", { q: word.trim() }).catch(() => []);
      list.replaceChildren(...found.filter((one) => one.email).slice(0, 8).map((one) => make("option", {
        value: `${before || ""}${one.email}; `, label: `${one.name} (${one.email})`,
      })));
    }, 150);
  });
}
