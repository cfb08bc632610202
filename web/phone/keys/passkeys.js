// @ts-check
// The passkeys with which one signs in: which there are, one more, one less.

import { ask, get } from "../api.js";
import { answered, question } from "../asking.js";
import { dayOf } from "../clock.js";
import { deviceName, passkeysHere } from "../browser.js";
import { action, field, say } from "../controls.js";
import { h, icon } from "../dom.js";
import { go } from "../frame.js";
import * as store from "../store.js";
import { rich, shortDay, t } from "../words.js";
import { add } from "./passkey.js";
import { guarded } from "./proof.js";

const BACK = "settings";

export const passkeys = () => answered({ title: t("passkeys.title"), back: BACK, nav: false }, "passkeys", async () => {
  const { has_password: password, passkeys: there, passkeys_available: possible } = await get("/auth/second-factors");
  const trouble = h("div", {});
  const keys = there.length ? h("ul", { class: "lines" }, there.map((/** @type {any} */ one) => line(one, trouble))) : null;
  if (!possible || !passkeysHere()) return [say("passkeys.cannot"), trouble, keys];
  const name = h("input", { type: "text", maxlength: 100, id: "key-name", value: (await store.kept("device")) ?? deviceName() });
  const work = guarded(trouble, async () => {
    const codes = await add(name.value.trim());
    if (!codes.length) return go("passkeys");
    return toBeKept(codes);
  });
  return [say("passkeys.lead"), keys, there.length || !password ? null : h("div", { class: "note warn" }, icon("alert"), h("div", {}, say("passkeys.mind"))),
    field(rich("passkeys.name"), name), trouble, action("passkeys.add", work, "main", "plus")];
});

/** @param {any} one @param {HTMLElement} trouble */
function line(one, trouble) {
  const day = (/** @type {string} */ at) => shortDay(dayOf(at));
  const told = one.last_used_at ? rich("passkeys.used", { when: day(one.last_used_at) }) : rich("passkeys.made", { when: day(one.created_at) });
  return h("li", { class: "card" }, h("p", { class: "what" }, one.name), h("p", { class: "hint" }, told),
    h("button", { type: "button", class: "button danger", id: `key-${one.id}`, "aria-label": t("passkeys.drop.of", { name: one.name }), onclick: () => sure(one, trouble) }, h("span", {}, rich("passkeys.drop"))));
}

/** @param {any} one @param {HTMLElement} trouble */
function sure(one, trouble) {
  question(t("passkeys.sure", { name: one.name }), [say("passkeys.sure.lead")], (close) => [
    action("passkeys.yes", async () => {
      close();
      await guarded(trouble, async () => { await ask("DELETE", `/auth/passkeys/${one.id}`); go("passkeys"); })();
    }, "danger"),
  ]);
}

/** The codes for the day on which the phone is gone, shown this once. @param {string[]} codes */
export function toBeKept(codes) {
  const title = h("h2", { tabindex: "-1" }, rich("passkeys.codes"));
  document.querySelector("main")?.replaceChildren(title, say("passkeys.codes.lead"), h("ul", { class: "card codes" }, codes.map((code) => h("li", {}, code))), action("passkeys.noted", () => go("passkeys")));
  title.focus();
}
