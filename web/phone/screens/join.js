// @ts-check
// Joining by the card that the leader handed out: its code, "are you …?", a password, ready.

import { invited, joinBy } from "../api.js";
import { refusal } from "../asking.js";
import { deviceName, passkeysHere } from "../browser.js";
import { action, field, passwordField, problem, say, way } from "../controls.js";
import { h } from "../dom.js";
import { arrive, byPasskey } from "./signin.js";
import { rich, t } from "../words.js";

/** The code that came with the address. It is held in memory alone. */
export const code = { value: "" };

export async function join() {
  const place = h("div", {});
  const show = (/** @type {Node[]} */ ...parts) => place.replaceChildren(...parts);
  const complain = (/** @type {HTMLElement} */ what) => { place.querySelector(".note.bad")?.remove(); place.prepend(what); what.focus(); };
  const look = async () => {
    if (!code.value.trim()) return complain(problem(say("join.empty")));
    try {
      return show(...whoIsIt(await invited(code.value.trim()), show, complain));
    } catch (error) {
      show(...askForCode(look));
      return complain(refusal(error, "error.offline.signin"));
    }
  };
  if (code.value) await look();
  else show(...askForCode(look));
  return { title: t("join.title"), nav: false, back: "signin", content: [place] };
}

/** @param {() => Promise<void>} look */
function askForCode(look) {
  const input = h("input", { type: "text", inputmode: "numeric", autocomplete: "off", id: "code", value: code.value });
  input.addEventListener("input", () => { code.value = input.value; });
  return [say("join.lead"), field(rich("join.code"), input, rich("join.code.hint")), action("next", look)];
}

/** @param {{name: string, login: string | null, purpose: string}} who @param {(...parts: Node[]) => void} show @param {(what: HTMLElement) => void} complain */
function whoIsIt(who, show, complain) {
  const yes = () => {
    show(...choosePassword(who, complain));
    document.getElementById(passkeysHere() ? "do-join.passkey" : "password")?.focus();
  };
  const no = () => { code.value = ""; show(say("join.no"), way("back", "signin")); };
  return [h("p", { class: "big" }, rich("join.are", { name: who.name })), action("join.yes", yes), action("join.not", no, "second")];
}

/** @param {{name: string, login: string | null}} who @param {(what: HTMLElement) => void} complain */
function choosePassword(who, complain) {
  const password = passwordField("new-password", "join.password", rich("join.password.hint"));
  const enter = async () => {
    try {
      await joinBy(code.value.trim(), { password: password.input.value, device_name: deviceName() });
    } catch (error) {
      return complain(refusal(error, "error.offline.signin"));
    }
    code.value = "";
    return arrive();
  };
  let tries = 0;
  const keyed = byPasskey(complain, async (keys) => { await keys.join(code.value.trim(), deviceName(), tries++ > 0); code.value = ""; });
  const known = who.login ? h("p", {}, rich("join.login", { login: who.login })) : null;
  const welcome = (/** @type {string} */ key) => h("p", { class: "big" }, rich(key, { name: who.name }));
  const typed = [...(known ? [known] : []), password.row];
  if (!passkeysHere()) return [welcome("join.welcome"), ...typed, action("join.go", enter)];
  return [welcome("join.how"), action("join.passkey", keyed), h("p", { class: "hint" }, rich("join.passkey.hint")), h("h2", {}, rich("join.or")), ...typed, action("join.go", enter, "second")];
}
