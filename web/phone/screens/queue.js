// @ts-check
// M5: one line for each thing that waits, and what is the matter with it.

import { instead, sure } from "../asking.js";
import { dayOf, now, timeOf } from "../clock.js";
import { action, say, way } from "../controls.js";
import * as drafts from "../draft.js";
import { h, icon } from "../dom.js";
import { go } from "../frame.js";
import { send, sendAgain, standing, takeOut, waiting } from "../queue.js";
import * as store from "../store.js";
import { rich, shortDay, t } from "../words.js";

export async function queue() {
  const items = await waiting();
  const others = (await store.all("queue")).length - items.length;
  const going = items.some((item) => !item.problem); // the rest waits for the person
  return {
    title: t("queue.title"), nav: true, live: true,
    content: [
      items.length ? null : h("p", { class: "empty good" }, icon("check"), h("span", {}, rich("queue.empty"))),
      going ? h("p", { class: "lead", role: "status" }, rich(stands())) : null,
      going ? action("queue.send", send, "main", "send") : null,
      h("ul", { class: "lines" }, items.map(line)),
      others ? h("p", { class: "hint" }, rich("queue.others", { n: others })) : null,
    ],
  };
}

function stands() {
  if (standing.busy) return "queue.busy";
  if (standing.why === "signed-out") return "error.signedOut";
  if (standing.why === "later") return "error.later";
  return navigator.onLine && standing.why !== "offline" ? "queue.lead" : "error.offline";
}

/** @param {import("../queue.js").Item} item */
function line(item) {
  const since = `${shortDay(dayOf(item.made_at))} ${timeOf(item.made_at)}`;
  const state = item.problem ? ["bad", "alert", item.sent && item.problem.code !== "differs" ? "queue.there" : "queue.refused"] : item.sent ? ["info", "wait", "queue.photos"] : ["info", "wait", "queue.waits"];
  return h("li", { class: `card ${state[0]}` },
    h("p", { class: "status" }, icon(/** @type {"alert" | "wait"} */ (state[1])), h("span", {}, rich(state[2]))),
    h("p", { class: "what" }, shortDay(item.day), " ", item.label),
    h("p", { class: "hint" }, rich("queue.since", { since }), item.photo_ids.length ? h("span", {}, "　", rich("queue.photoCount", { n: item.photo_ids.length })) : null),
    item.problem ? h("div", { class: "why" }, ...why(item.problem), ways(item)) : null);
}

/** @param {any} problem @returns {Node[]} */
function why(problem) {
  if (problem.code === "differs") return [say("queue.differs")];
  const said = (problem.errors ?? []).map((/** @type {any} */ one) => one.message);
  return (said.length ? said : [problem.detail || problem.title || t("error.unknown")]).map((/** @type {string} */ text) => h("p", {}, text));
}

/** @param {import("../queue.js").Item} item */
function ways(item) {
  const seen = item.problem.code === "differs";
  if (item.sent && !seen && item.photo_ids.length) return way("queue.pictures", `pictures/${item.id}`, "main", "camera");
  const drop = seen || item.sent ? action("queue.seen", () => takeOut(item.id, true), "second") : action("queue.drop", sure(() => takeOut(item.id, true)), "second");
  return h("div", { class: "pair" }, seen ? null : item.sent || item.kind === "join" ? action("queue.again", () => sendAgain(item.id), "main") : change(item), drop);
}

/** Back into the form it came from. @param {import("../queue.js").Item} item */
const change = (item) => action("queue.change", async () => {
  if (item.kind !== "fix") return instead(async () => {
    await takeOut(item.id, false, await drafts.instead(asDraft(item)));
    go("new/check");
  });
  const { id, member_id, body: changes, photo_ids } = item;
  await takeOut(id, false, (change) => change.put("kept", store.fixingOf(member_id, id), { id, member_id, changes, photo_ids }));
  return go(`fix/${id}`);
}, "main");

/** @param {import("../queue.js").Item} item @returns {import("../draft.js").Draft} */
function asDraft({ id, member_id, label, body, photo_ids }) {
  const day = dayOf(body.started_at);
  const minutes = (/** @type {string} */ at) => Math.round((Date.parse(at) - Date.parse(`${day}T00:00:00+09:00`)) / 60_000);
  return {
    id, member_id, label, kind: body.kind, event_id: body.event_id ?? null, order_by: body.order_by ?? null, place: body.place, summary: body.summary,
    details: body.details, people: body.participants.map((/** @type {any} */ one) => one.member_id), photo_ids, begun_at: now(), vehicle_ids: body.vehicle_ids,
    driver: body.participants.find((/** @type {any} */ one) => one.role === "driver")?.member_id,
    span: { day, start: minutes(body.started_at), end: minutes(body.ended_at) },
  };
}
