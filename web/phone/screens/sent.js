// @ts-check
// What became of what was just submitted: on its way, there, or kept on this phone until there is a network.

import { h, icon } from "../dom.js";
import { standing } from "../queue.js";
import { say, way } from "../controls.js";
import * as store from "../store.js";
import { rich, t } from "../words.js";

/** @param {string} id */
export async function sent(id) {
  const [item, last] = [await store.read("queue", id), await store.kept("last")];
  const its = last?.id === id ? last : null;
  const [kind, sign, ...content] = state(item, its);
  return {
    title: t("sent.title"), nav: true, live: true, back: "",
    content: [
      h("div", { class: `note ${kind} large`, role: "status" }, icon(sign), h("div", {}, ...content)),
      ...(its?.doubts?.length ? [h("div", { class: "note warn" }, icon("alert"), h("div", {}, say("sent.doubts"), ...its.doubts.map((/** @type {string} */ said) => h("p", {}, said)))), way("record.look", `look/${id}/${its.month}`, "second")] : []),
      item?.problem ? way("sent.look", "queue", "main") : null,
      !item && (await mayOffer()) ? way("sent.notices", "telling", "second", "bell") : null,
      way("sent.home", "", item?.problem ? "second" : "main", "home"),
    ],
  };
}

/** Whether to offer notices: where this phone can show them and nobody has said yes or no yet. */
async function mayOffer() {
  return globalThis.Notification?.permission === "default" && "PushManager" in globalThis && !(await store.kept("push"));
}

/** @param {any} item @param {any} last @returns {[string, "check" | "wait" | "alert", ...Node[]]} */
function state(item, last) {
  if (!item) {
    const where = last?.awaiting ? [h("p", {}, rich("sent.awaiting", { where: `${last.awaiting.unit_name} ${t(`post.${last.awaiting.post}`)}` }))] : [];
    return ["good", "check", h("p", {}, h("b", {}, rich("sent.done"))), ...where];
  }
  if (item.problem) return ["bad", "alert", say(item.sent ? "queue.there" : "sent.problem")];
  if (standing.busy) return ["info", "wait", say("sent.going")];
  if (standing.why === "signed-out") return ["warn", "alert", say("sent.signedOut")];
  return ["warn", "wait", say(standing.why === "later" ? "error.later" : "error.offline")];
}
