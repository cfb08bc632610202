// @ts-check
// Where the server asks again who is there before an important step: the password or a passkey, then the step.

import { ask, get, Refused } from "../api.js";
import { attempt } from "../asking.js";
import { passkeysHere } from "../browser.js";
import { action, passwordField, say } from "../controls.js";
import { h } from "../dom.js";
import { more } from "../words.js";
import { prove } from "./passkey.js";

/** Work as `attempt` does it, and once more after a proof where one is wanted. @param {HTMLElement} place @param {() => Promise<unknown>} step */
export const guarded = (place, step) => attempt(place, async () => {
  try {
    await step();
  } catch (error) {
    if (!wantsProof(error)) throw error;
    await proofAsked(place, step);
  }
});

/** @param {unknown} error */
const wantsProof = (error) => error instanceof Refused
  && [error.problem.code, ...(error.problem.reasons ?? [])].some((one) => (one.code ?? one) === "step-up-required");

/** @param {HTMLElement} place where it is asked for @param {() => Promise<unknown>} step what is done then */
export async function proofAsked(place, step) {
  const [factors] = await Promise.all([get("/auth/second-factors"), more("keys/")]);
  const trouble = h("div", {});
  const password = passwordField("current-password", "signin.password");
  const enter = attempt(trouble, async () => {
    await ask("POST", "/auth/step-up", { body: { password: password.input.value } });
    await step();
  });
  const sign = attempt(trouble, async () => { await prove(); await step(); });
  const asked = h("section", { class: "card info", tabindex: "-1" }, say("proof.lead"), trouble,
    factors.passkeys.length && passkeysHere() ? action("proof.passkey", sign, factors.has_password ? "second" : "main") : null,
    factors.has_password ? [password.row, action("proof.go", enter)] : null);
  place.replaceChildren(asked);
  (factors.has_password ? password.input : asked).focus();
}
