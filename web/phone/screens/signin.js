// @ts-check
// Signing in with login and password; the second factor's code where one is asked for.

import { NotNow, Refused, signIn } from "../api.js";
import { refusal } from "../asking.js";
import { deviceName, passkeysHere } from "../browser.js";
import { action, field, passwordField, problem, say, way } from "../controls.js";
import { h } from "../dom.js";
import { go } from "../frame.js";
import { refresh } from "../refresh.js";
import * as store from "../store.js";
import { more, rich, t } from "../words.js";

/**
 * Signing in by a passkey, whose program comes then. @param {(complaint: HTMLElement) => void} complain
 * @param {(keys: typeof import("../keys/passkey.js")) => Promise<void>} work @param {string} [where]
 */
export const byPasskey = (complain, work, where) => async () => {
  try {
    const [keys] = await Promise.all([import("../keys/passkey.js"), more("keys/")]);
    await work(keys);
  } catch (error) {
    return complain(refusal(error instanceof TypeError ? new NotNow("no program") : error, "error.offline.signin"));
  }
  return arrive(where);
};

/** Go home, or where one wanted to, with everything fetched anew. @param {string} [where] */
export function arrive(where = "") {
  go(where, true);
  void refresh(true);
}

/** @param {string[]} rest the screen that was asked for */
export async function signin(...rest) {
  const where = rest.join("/");
  const me = await store.kept("me");
  const login = h("input", { type: "text", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true, id: "login" });
  const password = passwordField("current-password", "signin.password");
  const device = h("input", { type: "text", maxlength: 100, id: "device", value: (await store.kept("device")) ?? deviceName() });
  const otp = h("input", { type: "text", inputmode: "numeric", autocomplete: "one-time-code", id: "otp" });
  const second = h("div", { hidden: true }, field(rich("signin.otp"), otp, rich("signin.otp.hint")));
  const trouble = h("div", {});
  const complain = (/** @type {HTMLElement} */ what) => { trouble.replaceChildren(what); what.focus(); };
  const enter = async () => {
    if (!login.value.trim() || !password.input.value) return complain(problem(say("signin.empty")));
    try {
      await signIn({ login: login.value.trim(), password: password.input.value, device_name: device.value.trim(), otp: otp.value.trim() });
    } catch (error) {
      if (error instanceof Refused && error.problem.code === "second-factor-required" && second.hidden) {
        second.hidden = false;
        trouble.replaceChildren();
        otp.focus();
        return undefined;
      }
      return complain(refusal(error, "error.offline.signin"));
    }
    await store.keep("device", device.value.trim());
    return arrive(where);
  };
  const go_ = action("signin.go", enter);
  const keyed = byPasskey(complain, async (keys) => { await keys.signIn(device.value.trim()); await store.keep("device", device.value.trim()); }, where);
  const form = h("form", { novalidate: true, onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); go_.click(); } },
    trouble, field(rich("signin.login"), login, rich("signin.login.hint")), password.row, second, field(rich("signin.device"), device, rich("signin.device.hint")), go_, h("button", { class: "unseen", tabindex: "-1", "aria-hidden": "true" }));
  return {
    title: t("signin.title"), nav: false, back: me ? "" : undefined,
    content: [me ? h("div", { class: "note info" }, h("div", {}, say("signin.again"))) : say("signin.lead"), form, passkeysHere() ? action("signin.passkey", keyed, "second") : null, way("signin.join", "join"), way("help.title", "help", "quiet", "help")],
  };
}
