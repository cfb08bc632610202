// @ts-check
// The month that is to be closed, for who leads a squad: whether anything came, and that nothing took place.

import { ask, get } from "../api.js";
import { answered, attempt } from "../asking.js";
import { addMonths, dayOf, now } from "../clock.js";
import { action, say, way } from "../controls.js";
import { h, icon } from "../dom.js";
import { go } from "../frame.js";
import * as store from "../store.js";
import { monthName, t } from "../words.js";

export const month = () => answered({ title: t("closing.title"), back: "" }, "month", async () => {
  const [me, last] = [await store.kept("me"), addMonths(dayOf(now()).slice(0, 7), -1)];
  const led = me.posts.filter((/** @type {any} */ one) => one.post !== "member" && one.unit.level === "squad");
  const cards = led.map((/** @type {any} */ one) => card(last, one.unit));
  return [...(await Promise.all(cards)), led.length ? null : say("closing.console")];
});

/** @param {string} last "2026-11" @param {{id: string, name: string}} unit */
async function card(last, unit) {
  const { progress } = await get(`/months/${last}?unit_id=${unit.id}`);
  const [own, trouble] = [progress.units[0], h("div", {})];
  /** @param {string} method @param {string} address @param {any} [body] */
  const says = (method, address, body) => attempt(trouble, async () => { await ask(method, `/months/${last}/${address}`, { body }); go("month"); });
  const done = (/** @type {Node} */ said) => h("div", { class: "note good", role: "status" }, icon("check"), h("div", {}, said));
  const events = own.unanswered[unit.id];
  return h("section", { class: "card" }, h("h2", {}, `${monthName(last)} ${unit.name}`), trouble,
    own.nil ? done(say("closing.nil")) : own.excused ? say("closing.excused") : own.reports ? done(say("closing.there", { n: own.reports })) : silence(own.silent.length),
    events ? h("div", {}, say("closing.events", { n: events }), way("closing.home", "")) : null,
    own.nil ? action("closing.back", says("DELETE", `nil?unit_id=${unit.id}`), "second") : null,
    own.silent.length && !events ? action("closing.go", says("POST", "nil", { unit_id: unit.id })) : null);
}

/** @param {number} silent */
const silence = (silent) => (silent ? h("div", { class: "note warn" }, icon("alert"), h("div", {}, say("closing.silent"))) : null);
