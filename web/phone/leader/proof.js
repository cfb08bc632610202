// @ts-check
// Where a city asks again who is there before an important step: the password, then the step.

import { ask } from "../api.js";
import { attempt } from "../asking.js";
import { action, say } from "../controls.js";
import { h } from "../dom.js";
import { passwordField } from "../screens/signin.js";

/** @param {HTMLElement} place where it is asked for @param {() => Promise<unknown>} step what is done then */
export function passwordAsked(place, step) {
  const trouble = h("div", {});
  const password = passwordField("current-password", "signin.password");
  const enter = attempt(trouble, async () => {
    await ask("POST", "/auth/step-up", { body: { password: password.input.value } });
    await step();
  });
  place.replaceChildren(h("section", { class: "card info" }, say("proof.lead"), password.row, trouble, action("proof.go", enter)));
  password.input.focus();
}
