// @ts-check
// What one should know, the newest first, and the screen that each is about. Shown, they have been read.

import { ask, get } from "../api.js";
import { answered } from "../asking.js";
import { dayOf, now, timeOf } from "../clock.js";
import { h, icon } from "../dom.js";
import { draw } from "../frame.js";
import { leads } from "../known.js";
import { refresh } from "../refresh.js";
import * as store from "../store.js";
import { rich, shortDay, t } from "../words.js";
import { offer } from "./telling.js";

const MOST = 100; // new ones that stand below the fifty of late; the rest follows when these have been shown

export const notices = () => answered({ title: t("bell"), nav: true, back: "" }, "notices", async () => {
  const { items, next_cursor: more } = await get("/notices?limit=50");
  if (more) items.push(...(await get(`/notices?unread=true&limit=${MOST}`)).items.filter((/** @type {any} */ one) => !items.some((/** @type {any} */ its) => its.id === one.id)));
  const card = await offer();
  const fresh = items.filter((/** @type {any} */ one) => !one.read_at).map((/** @type {any} */ one) => one.id);
  if (fresh.length) void read(fresh);
  return [card, items.length ? h("ul", { class: "lines" }, items.map(line)) : h("p", { class: "empty" }, rich("notices.empty"))];
});

/** These have been shown, and no others: what is older, or came meanwhile, stays new. Where that does not arrive, they count as new the next time. @param {string[]} ids */
async function read(ids) {
  const answer = await ask("POST", "/notices/read", { body: { ids } }).catch(() => null);
  if (answer) await store.keep("unread", answer.data.unread);
}

/** @param {any} one */
const line = (one) => h("li", {}, h("a", { class: `card ${one.read_at ? "" : "info"}`, href: `#/told/${one.screen.kind}${one.screen.id ? `/${one.screen.id}` : ""}` },
  h("p", { class: "day" }, shortDay(dayOf(one.at)), " ", timeOf(one.at), one.read_at ? null : h("span", { class: "tag info fresh" }, rich("notices.new"))),
  h("p", { class: "what" }, one.title), one.text ? h("p", { class: "hint" }, one.text) : null,
  h("p", { class: "go" }, h("span", {}, rich("notices.open")), icon("next"))));

/** The screen that a notice is about, once the phone knows what the server knows. @param {string} kind @param {string} [id] @returns {Promise<import("../frame.js").Screen>} */
export async function told(kind, id = "") {
  await refresh(true);
  history.replaceState(null, "", `#/${await placeOf(kind, id)}`);
  setTimeout(() => draw());
  return { title: t("loading"), content: [h("p", { class: "empty", role: "status" }, rich("loading"))] };
}

/** @param {string} kind @param {string} id */
async function placeOf(kind, id) {
  if (kind === "report") return placeOfReport(id);
  if (kind === "event") {
    const event = await store.read("known", `events/${id}`);
    return event && Date.parse(event.started_at) <= now() ? `event/${id}` : "";
  }
  if (kind === "month" && leads(await store.kept("me"))) return "month";
  return { devices: "devices", "own-disputes": "record", "own-data-requests": "requests", account: "settings" }[kind] ?? "";
}

/** To be put right, to be decided on, or simply to be seen. @param {string} id */
async function placeOfReport(id) {
  const report = await store.read("known", `reports/${id}`);
  if (report?.mine && report.state === "returned") return `fix/${id}`;
  if (report) return `record/${dayOf(report.started_at).slice(0, 7)}`;
  return leads(await store.kept("me")) ? `look/${id}` : "record";
}
