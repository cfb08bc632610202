// @ts-check
// Where one is signed in, and signing out a phone that was lost.

import { ask, get } from "../api.js";
import { answered, attempt, question } from "../asking.js";
import { dayOf, timeOf } from "../clock.js";
import { action, say } from "../controls.js";
import { h } from "../dom.js";
import { go } from "../frame.js";
import { rich, shortDay, t } from "../words.js";

export const devices = () => answered({ title: t("devices.title"), back: "settings", nav: false }, "devices", async () => {
  const { items } = await get("/auth/devices");
  const trouble = h("div", {});
  return [say("devices.lead"), trouble, h("ul", { class: "lines" }, items.map((/** @type {any} */ one) => line(one, trouble)))];
});

/** @param {any} one @param {HTMLElement} trouble */
function line(one, trouble) {
  return h("li", { class: `card ${one.current ? "info" : ""}` },
    h("p", { class: "what" }, one.device_name || t("device.other"), one.current ? h("small", {}, rich("devices.this")) : null),
    h("p", { class: "hint" }, rich("devices.used", { when: `${shortDay(dayOf(one.last_used_at))} ${timeOf(one.last_used_at)}` })),
    one.current ? null : h("button", { type: "button", class: "button danger", id: `out-${one.id}`, onclick: () => sure(one, trouble) }, h("span", {}, rich("devices.out"))));
}

/** @param {any} one @param {HTMLElement} trouble */
function sure(one, trouble) {
  question(t("devices.sure", { name: one.device_name || t("device.other") }), [say("devices.sure.lead")], (close) => [
    action("devices.yes", async () => {
      close();
      await attempt(trouble, async () => { await ask("DELETE", `/auth/devices/${one.id}`); go("devices"); })();
    }, "danger"),
  ]);
}
