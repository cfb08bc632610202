// @ts-check
// M3: my record. A month of days, what it earned so far, who entered me, and the way to what I entered. It is asked for each
// time and kept nowhere.

import { get } from "../api.js";
import { answered } from "../asking.js";
import { calendar } from "../calendar.js";
import { way } from "../controls.js";
import { dayOf, now } from "../clock.js";
import { h, icon } from "../dom.js";
import { go } from "../frame.js";
import * as store from "../store.js";
import { duration, fromTo, rich, shortDay, t } from "../words.js";

const SETTLED = ["in_review", "confirmed", "sealed"]; // what may be said to be wrong
const SIGNS = { draft: "…", in_review: "○", returned: "！", confirmed: "●", sealed: "●", withdrawn: "×" };

/** @param {string} month "2026-11" @param {string} [day] */
export async function record(month = dayOf(now()).slice(0, 7), day = "") {
  const turn = (/** @type {string} */ other) => go(`record/${other}`, true);
  return answered({ title: t("record.title"), nav: true }, `record/${month}`, async () => {
    const [found, me] = [await get(`/me/record?from=${month}&to=${month}`), await store.kept("me")];
    return shown(month, day, found, turn, me.member.id);
  }, "record.offline");
}

/** @param {string} month @param {string} day @param {any} found @param {(month: string) => void} turn @param {string} meId */
function shown(month, day, found, turn, meId) {
  const turnouts = found.turnouts;
  const marks = new Map(turnouts.map((/** @type {any} */ one) => [one.day, { sign: SIGNS[/** @type {keyof typeof SIGNS} */ (one.state)] ?? "○", says: `${one.kind_label} ${one.state_label}` }]));
  const pick = (/** @type {string} */ other) => {
    const row = document.getElementById(`day-${other}`);
    row?.scrollIntoView({ block: "start" });
    row?.focus();
  };
  const earned = found.months.find((/** @type {any} */ one) => one.period === month);
  return [
    calendar({ month, marks, chosen: day, pick, turn }),
    h("dl", { class: "facts sums" }, sum("record.times", t("record.count", { n: turnouts.length })), sum("record.yen", earned ? t("record.amount", { yen: earned.yen.toLocaleString("ja-JP") }) : "–")),
    earned?.unknown || earned?.held ? h("p", { class: "hint" }, rich(earned.held ? "record.held" : "record.unknown")) : null,
    turnouts.length ? h("ul", { class: "lines" }, turnouts.map((/** @type {any} */ one) => line(one, meId))) : h("p", { class: "empty" }, rich("record.empty")),
  ];
}

/** @param {string} key @param {string} value */
const sum = (key, value) => h("div", {}, h("dt", {}, rich(key)), h("dd", {}, value));

/** @param {any} one @param {string} meId */
function line(one, meId) {
  const mine = one.entered_by.id === meId;
  const done = ["confirmed", "sealed"].includes(one.state);
  return h("li", { class: "card", id: `day-${one.day}`, tabindex: "-1" },
    h("p", { class: "day" }, shortDay(one.day), " ", fromTo(one), `（${duration(one.minutes)}）`),
    h("p", { class: "what" }, one.kind_label, "　", h("small", {}, one.place)),
    h("p", { class: `tag ${done ? "good" : one.state === "returned" ? "warn" : "info"}` }, icon(done ? "check" : one.state === "returned" ? "alert" : "wait"), one.state_label),
    mine ? null : h("p", { class: "hint" }, rich("record.enteredBy", { who: one.entered_by.name })),
    one.dispute ? h("p", { class: "tag warn" }, icon("alert"), one.dispute.state_label) : null,
    ...one.lines.map((/** @type {any} */ paid) => h("p", { class: "paid" }, paid.sentence)),
    mine ? way("record.look", `look/${one.report_id}/${one.day.slice(0, 7)}`, "quiet") : null,
    one.dispute || SETTLED.includes(one.state) ? h("a", { class: "button quiet", href: `#/dispute/${one.report_id}`, id: `dispute-${one.report_id}` }, h("span", {}, rich(one.dispute ? "record.disputed" : "record.dispute"))) : null);
}
