// @ts-check
// L1: what waits for me, event by event. Doubtful ones first, each with what is doubtful; all others of an event, or of all
// events, with one press. What was approved can be taken back, without a hurry. What is with its authors stands below.

import { ask, get } from "../api.js";
import { answered, attempt, question } from "../asking.js";
import { dayOf } from "../clock.js";
import { action, problem, say } from "../controls.js";
import { h, icon } from "../dom.js";
import { go } from "../frame.js";
import { guarded } from "../keys/proof.js";
import * as store from "../store.js";
import { changed } from "../tabs.js";
import { fromTo, rich, shortDay, t } from "../words.js";

const LOOKED = "&vehicles=true";
export const MOST = 100; // in one list of the server; the rest follows when these are done

/** @param {string} [vehicles] "vehicles" where they were looked at, too */
export const inbox = (vehicles) => answered({ title: t("inbox.title"), nav: true, back: "" }, "inbox", async () => {
  const { groups, next_cursor: more } = await get(`/inbox?group=event&limit=${MOST}${vehicles ? LOOKED : ""}`);
  const [back, authors] = [await takingBack(), await withAuthors()];
  if (!groups.length) return [h("p", { class: "empty good" }, icon("check"), h("span", {}, rich("inbox.empty"))), back, authors];
  const items = groups.flatMap((/** @type {any} */ one) => one.items);
  const doubtful = items.filter((/** @type {any} */ one) => one.doubtful);
  const clean = items.filter((/** @type {any} */ one) => !one.doubtful);
  const trouble = h("div", {});
  const heaps = groups.map((/** @type {any} */ { event, items: its }) => ({ event, items: its.filter((/** @type {any} */ one) => !one.doubtful) })).filter((/** @type {any} */ heap) => heap.items.length);
  return [
    trouble, back,
    doubtful.length ? h("section", {}, h("h2", {}, rich("inbox.doubtful", { n: doubtful.length })), ...doubtful.map((/** @type {any} */ one) => card(one, groups))) : null,
    clean.length ? h("section", {}, h("h2", {}, rich("inbox.clean", { n: clean.length })), clean.length > 1 && heaps.length > 1 ? action("inbox.all", () => together(clean, trouble), "main", "check") : null) : null,
    ...heaps.map((/** @type {any} */ heap) => section(heap, trouble, groups)),
    more ? h("p", { class: "hint" }, rich("inbox.more", { n: MOST })) : null, authors,
  ];
});

/** What came back to its authors, to look at; of one who has left the leader takes it away there. @returns {Promise<Node | null>} */
async function withAuthors() {
  const { items, next_cursor: more } = await get(`/inbox/returned?limit=${MOST}`);
  return items.length ? h("details", { id: "returned" }, h("summary", {}, h("span", {}, rich("inbox.returned", { n: items.length + (more ? "＋" : "") }))), ...items.map((/** @type {any} */ one) => card({ ...one, doubtful: false }, []))) : null;
}

/** The clean ones of an event, or of none. @param {{event: any, items: any[]}} heap @param {HTMLElement} trouble @param {any[]} groups */
function section({ event, items }, trouble, groups) {
  const title = event ? `${shortDay(dayOf(event.started_at))} ${event.title}` : t("inbox.none");
  const press = action("inbox.these", () => together(items, trouble), "second", "check", { n: items.length });
  press.id += event?.id ?? "";
  press.setAttribute("aria-label", `${t("inbox.these", { n: items.length })} ${title}`);
  return h("section", { class: "heap" }, h("h3", {}, title, " ", h("small", {}, rich("inbox.count", { n: items.length }))), ...items.map((one) => card(one, groups)), items.length > 1 ? press : null);
}

/** @param {any} one @param {any[]} groups */
function card(one, groups) {
  const event = one.doubtful && groups.find((group) => group.event?.id === one.event_id)?.event;
  return h("a", { class: `card onward ${one.doubtful ? "warn" : ""}`, href: `#/look/${one.id}`, id: `look-${one.id}` }, h("div", {},
    h("p", { class: "day" }, shortDay(dayOf(one.started_at)), " ", h("span", {}, fromTo(one))),
    h("p", { class: "what" }, event ? event.title : one.kind_label, "　", h("small", {}, rich("inbox.people", { who: one.author.name, n: one.participants.length }))),
    ...(one.doubtful ? one.warnings.map((/** @type {any} */ warning) => h("p", { class: "hint" }, warning.message)) : [])), icon("next"));
}

/**
 * Asked once more with the number, then approved, each for itself. What the server doubts once it has looked at their vehicles
 * is set aside. @param {any[]} asked @param {HTMLElement} trouble
 */
const together = (asked, trouble) => attempt(trouble, async () => {
  const doubted = await doubts(`/inbox?limit=${MOST}${LOOKED}`);
  const reports = asked.filter((one) => !doubted.has(one.id));
  const [n, aside] = [reports.length, asked.length - reports.length];
  const then = aside ? "inbox/vehicles" : "inbox";
  if (!n) return go(then, true);
  const people = new Set(reports.map((one) => one.author.id)).size;
  return question(t("inbox.sure", { n }), [say("inbox.sure.lead", { n, people }), ...(aside ? [say("inbox.aside", { n: aside })] : [])], (close) => [
    action("inbox.approve", async () => { close(); await guarded(trouble, () => approveAll(reports, trouble, then))(); }),
  ]);
})();

/** All pages: what came meanwhile may have moved one to the next. @param {string} list @param {string} [page] @returns {Promise<Set<string>>} */
async function doubts(list, page = "") {
  const { items, next_cursor: more } = await get(list + page);
  const here = items.filter((/** @type {any} */ one) => one.doubtful).map((/** @type {any} */ one) => one.id);
  return new Set([...here, ...(more ? await doubts(list, `&cursor=${more}`) : [])]);
}

/** @param {any[]} reports @param {HTMLElement} trouble @param {string} then */
async function approveAll(reports, trouble, then) {
  const failed = await many("approve", reports);
  if (!failed.length) return go(then);
  return trouble.replaceChildren(problem(say("inbox.some", { n: failed.length }), ...why(failed), action("inbox.again", () => go("inbox"), "second")));
}

/** The newest first. @returns {Promise<{items: any[], next_cursor: string | null}>} */
export const undoable = () => get(`/inbox/undoable?newest=true&limit=${MOST}`);

/** The way to what can be taken back, where there is something. @returns {Promise<Node | null>} */
async function takingBack() {
  const { items, next_cursor: more } = await undoable();
  const n = items.length + (more ? "＋" : "");
  return items.length ? h("a", { class: "note good", href: "#/undo", id: "to-undo" }, icon("check"), h("div", {}, h("p", {}, rich("undo.way", { n }))), icon("next")) : null;
}

/** Each for itself; those with which it was not done. @param {"approve" | "undo"} what @param {any[]} reports @returns {Promise<any[]>} */
export async function many(what, reports) {
  const body = { items: reports.map(({ id, version }) => ({ id, version })) };
  const { results } = (await ask("POST", `/inbox/${what}`, { body })).data;
  const failed = results.filter((/** @type {any} */ one) => !one.ok);
  await decided((results.length - failed.length) * (what === "undo" ? -1 : 1));
  return failed;
}

/** Why the server did not do it, each reason once. @param {any[]} failed */
export const why = (failed) => [...new Set(failed.map((one) => one.problem.detail || one.problem.title))].map((text) => h("p", {}, text));

/** So many fewer wait (or more), which the card on the home screen says. @param {number} n */
export async function decided(n) {
  await store.write((change) => change.edit("kept", "inbox", (before) => ({ ...before, waiting: Math.max(0, before.waiting - n) })));
  changed();
}
