// @ts-check
// L2: one report as a whole, what is doubtful about it on top, and what may be decided below. Its author looks at it, too.

import { ask, get } from "../api.js";
import { answered, attempt } from "../asking.js";
import { dayOf } from "../clock.js";
import { action, say, way } from "../controls.js";
import { h, icon } from "../dom.js";
import { go } from "../frame.js";
import { doubtsOf, fieldsOf, kindOf, vehicles } from "../known.js";
import { fromTo, inWords, labelOf, longDay, rich, t } from "../words.js";
import { decided } from "./inbox.js";
import { thumbnails } from "./thumbnails.js";

/** @param {string} id @param {string} [month] of one's own record, to go back to */
export const look = (id, month) => answered({ title: t("look.title"), back: month ? `record/${month}` : "inbox", nav: false }, `look/${id}/${month ?? ""}`, async () => {
  const report = await get(`/activity-reports/${id}`);
  const trouble = h("div", {});
  const approve = attempt(trouble, async () => {
    await ask("POST", `/activity-reports/${id}/approve`, { body: {}, headers: { "If-Match": `"${report.version}"` } });
    await decided(1);
    await next();
  });
  const doubts = month ? doubtsOf(report) : report.warnings.map((/** @type {any} */ one) => one.message);
  const may = (/** @type {string} */ what) => report.actions.includes(what);
  return [
    doubts.length ? h("div", { class: "note warn" }, icon("alert"), h("div", {}, ...doubts.map((/** @type {string} */ said) => h("p", {}, said)))) : null,
    await facts(report),
    report.attachments.length ? thumbnails(report.attachments) : null,
    report.missing_attachment_ids.length ? h("p", { class: "hint" }, rich("look.missing", { n: report.missing_attachment_ids.length })) : null,
    trouble,
    may("approve") ? seen(action("look.approve", approve, "main", "check")) : null,
    may("return") ? way("look.return", `return/${id}`, "second", "back") : null,
    may("withdraw") ? way("look.withdraw", `withdraw/${id}/${month ?? ""}`, "second", "back") : null,
    month || may("approve") || may("return") || may("withdraw") ? null : say("look.done"),
  ];
});

/** Pressed by nobody who has not seen it: the other half of a double tap would decide on the next report, in the same place. @param {HTMLButtonElement} button */
function seen(button) {
  button.disabled = true;
  setTimeout(() => { button.disabled = false; }, 500);
  return button;
}

/** To the next doubtful one, so that they are gone through one by one; else back to the list. */
export async function next() {
  const { items } = await get("/inbox?limit=100").catch(() => ({ items: [] }));
  const other = items.find((/** @type {any} */ one) => one.doubtful);
  go(other ? `look/${other.id}` : "inbox", true);
}

/** @param {any} report */
async function facts(report) {
  const kind = await kindOf(report.kind);
  const row = (/** @type {Node | string} */ name, /** @type {any} */ value) => h("div", {}, h("dt", {}, name), h("dd", {}, h("span", {}, value)));
  const people = report.participants.map((/** @type {any} */ one) => h("span", { class: "person" }, one.name, times(one, report)));
  const details = kind ? fieldsOf(kind).filter((of) => report.details[of.name] !== undefined).map((of) => row(labelOf(of), inWords(of, report.details[of.name]))) : [];
  const now = report.awaiting ? `${report.awaiting.unit_name} ${t(`post.${report.awaiting.post}`)}` : report.state === "returned" ? report.author.name : "";
  const cars = report.vehicle_ids.length ? (await vehicles()).filter((one) => report.vehicle_ids.includes(one.id)).map((one) => h("span", { class: "person" }, one.name)) : [];
  const others = report.vehicle_ids.length - cars.length; // of other units
  if (others) cars.push(h("span", { class: "person" }, rich("look.cars", { n: others })));
  return h("dl", { class: "facts wide" }, now ? row(rich("look.now"), now) : null,
    row(rich("look.by"), report.author.name), row(rich("fact.kind"), report.kind_label), row(rich("fact.day"), longDay(dayOf(report.started_at))),
    row(rich("fact.time"), fromTo(report)), row(rich("fact.place"), report.place || "–"), row(rich("fact.who"), people), cars.length ? row(rich("fact.vehicles"), cars) : null,
    report.summary ? row(rich("fact.summary"), report.summary) : null, ...details);
}

/** Own times of one who came later or left earlier. @param {any} one @param {any} report */
const times = (one, report) => (one.started_at || one.ended_at ? `（${fromTo({ started_at: one.started_at ?? report.started_at, ended_at: one.ended_at ?? report.ended_at })}）` : "");
