// @ts-check
// What one just approved, to take back: one or all, and without a hurry. The server says what can still be taken back.

import { answered, attempt } from "../asking.js";
import { dayOf } from "../clock.js";
import { action, complain, say, way } from "../controls.js";
import { h } from "../dom.js";
import { go } from "../frame.js";
import { fromTo, rich, shortDay, t } from "../words.js";
import { many, MOST, undoable, why } from "./inbox.js";

export const undo = () => answered({ title: t("undo.title"), back: "inbox", nav: true }, "undo", async () => {
  const { items: reports, next_cursor: more } = await undoable();
  const trouble = h("div", {});
  const back = (/** @type {any[]} */ some) => attempt(trouble, () => takeBack(some, trouble));
  if (!reports.length) return [h("p", { class: "empty" }, rich("undo.none")), way("undo.home", "inbox")];
  return [say("undo.lead"), more ? say("inbox.more", { n: MOST }) : null, trouble, reports.length > 1 ? action("undo.all", back(reports), "second", "back", { n: reports.length }) : null,
    h("ul", { class: "lines" }, reports.map((one) => line(one, back([one]))))];
});

/** @param {any} one @param {() => Promise<void>} back */
function line(one, back) {
  const press = action("undo.one", back, "second", "back");
  press.id += one.id;
  const day = shortDay(dayOf(one.started_at));
  press.setAttribute("aria-label", `${t("undo.one")} ${day} ${one.kind_label} ${one.author.name}`);
  return h("li", { class: "card" }, h("p", { class: "day" }, day, " ", fromTo(one)),
    h("p", { class: "what" }, one.kind_label, "　", h("small", {}, rich("inbox.people", { who: one.author.name, n: one.participants.length }))), press);
}

/** @param {any[]} reports @param {HTMLElement} trouble */
async function takeBack(reports, trouble) {
  const failed = await many("undo", reports);
  if (!failed.length) return go("inbox");
  return complain(trouble, say("undo.some", { n: failed.length }), ...why(failed), action("inbox.again", () => go("undo"), "second"));
}
