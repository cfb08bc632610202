// @ts-check
// Whether notices come to this phone: asked after a report has arrived, in the list of notices, and in the settings.

import { answered, attempt } from "../asking.js";
import { action, problem, say } from "../controls.js";
import { h, icon } from "../dom.js";
import { go } from "../frame.js";
import * as store from "../store.js";
import { t } from "../words.js";
import { byMail } from "./mail.js";
import { allow, possible, refuse } from "./push.js";

export const telling = () => answered({ title: t("telling.title"), back: "settings", nav: false }, "telling", async () => {
  const [push, mail] = [await store.kept("push"), await byMail()];
  if (!(await possible())) return [say("telling.cannot"), say("telling.install"), mail];
  return [...(push?.id ? on() : off()), say("telling.what"), mail];
});

function on() {
  const trouble = h("div", {});
  return [h("div", { class: "note good", role: "status" }, icon("check"), h("div", {}, say("telling.on"))), trouble,
    action("telling.stop", attempt(trouble, async () => { await refuse(); go("telling"); }), "second")];
}

function off() {
  const trouble = h("div", {});
  const yes = attempt(trouble, async () => {
    if (await allow()) return go("telling");
    const told = problem(say("telling.blocked"));
    trouble.replaceChildren(told);
    return told.focus();
  });
  return [say("telling.ask"), trouble, action("telling.yes", yes, "main", "bell"), action("telling.no", attempt(trouble, async () => { await refuse(); go(""); }), "second")];
}

/** The question as a card, as long as it has not been answered. @returns {Promise<Node | null>} */
export async function offer() {
  if (globalThis.Notification?.permission !== "default" || (await store.kept("push")) || !(await possible())) return null;
  return h("section", { class: "card info" }, ...off());
}
