// The door of a meeting's page: joining as a guest or with an account.

import { Meeting } from "./room.js";
import { Refusal, token } from "./ucwa.js";
import { make } from "./view.js";

const page = document.getElementById("meeting");
const door = document.getElementById("join");
const { focus, id: conference } = page.dataset;
const ways = page.dataset.ways.split(" ").filter(Boolean);
const GUEST = "urn:microsoft.rtc:anonmeeting";
const WINDOWS = "urn:microsoft.rtc:windows";

// Shows it, with a sentence that says why one is here again.
function entrance(said = "") {
  document.body.classList.remove("in");
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
    await new Meeting({ focus, bearer, name, fields, subject: page.querySelector("h1").textContent, opened, over: entrance }).join();
  } catch (problem) {
    complain(problem);
  }
}

function opened(view) {
  page.hidden = true;
  document.body.classList.add("in");
  document.body.append(view);
}

function complain(problem) {
  if (!(problem instanceof Refusal)) console.error(problem);
  const usual = problem.subcode === "invalid_grant" ? "The user name or password isn't correct."
    : "That did not work. Try again in a moment.";
  const alert = door.querySelector(".error") || door.insertBefore(make("p", { className: "error", role: "alert" }), door.firstChild);
  alert.textContent = (problem instanceof Refusal && problem.message) || usual;
  door.querySelector("[name=passcode], [name=password]")?.select();
}

entrance();
