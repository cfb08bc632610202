// @ts-check
// L1: what waits for me. Doubtful ones first, each with what is doubtful; all others together with one press.

import { ask, get, Refused } from "../api.js";
import { answered, attempt, question } from "../asking.js";
import { dayOf, timeOf } from "../clock.js";
import { action, problem, say } from "../controls.js";
import { h, icon } from "../dom.js";
import { go } from "../frame.js";
import * as store from "../store.js";
import { changed } from "../tabs.js";
import { rich, shortDay, t } from "../words.js";
import { passwordAsked } from "./proof.js";

const MOST = 100; // in one list of the server; the rest follows when these are done

export const inbox = () => answered({ title: t("inbox.title"), nav: true, back: "" }, "inbox", async () => {
  const { items, next_cursor: more } = await get(`/inbox?limit=${MOST}`);
  const doubtful = items.filter((/** @type {any} */ one) => one.doubtful);
  const clean = items.filter((/** @type {any} */ one) => !one.doubtful);
  if (!items.length) return [h("p", { class: "empty good" }, icon("check"), h("span", {}, rich("inbox.empty")))];
  const trouble = h("div", {});
  return [
    trouble,
    doubtful.length ? h("section", {}, h("h2", {}, rich("inbox.doubtful", { n: doubtful.length })), ...doubtful.map(card)) : null,
    clean.length ? h("section", {}, h("h2", {}, rich("inbox.clean", { n: clean.length })), clean.length > 1 ? action("inbox.all", () => together(clean, trouble), "main", "check") : null, ...clean.map(card)) : null,
    more ? h("p", { class: "hint" }, rich("inbox.more", { n: MOST })) : null,
  ];
});

/** @param {any} one */
const card = (one) => h("a", { class: `card ${one.doubtful ? "warn" : ""}`, href: `#/look/${one.id}`, id: `look-${one.id}` },
  h("p", { class: "day" }, shortDay(dayOf(one.started_at)), " ", `${timeOf(one.started_at)}–${timeOf(one.ended_at)}`),
  h("p", { class: "what" }, one.kind_label, "　", h("small", {}, rich("inbox.people", { who: one.author.name, n: one.participants.length }))),
  ...(one.doubtful ? one.warnings.map((/** @type {any} */ warning) => h("p", { class: "hint" }, warning.message)) : []),
  h("p", { class: "go" }, h("span", {}, rich("inbox.look")), icon("next")));

/** Asked once more with the number, then approved, each for itself. @param {any[]} reports @param {HTMLElement} trouble */
function together(reports, trouble) {
  const people = new Set(reports.map((one) => one.author.id)).size;
  question(t("inbox.sure", { n: reports.length }), [say("inbox.sure.lead", { n: reports.length, people })], (close) => [
    action("inbox.approve", async () => { close(); await attempt(trouble, () => approveAll(reports, trouble))(); }),
  ]);
}

/** @param {any[]} reports @param {HTMLElement} trouble */
async function approveAll(reports, trouble) {
  const body = { items: reports.map(({ id, version }) => ({ id, version })) };
  try {
    const { results } = (await ask("POST", "/inbox/approve", { body })).data;
    await decided(results.filter((/** @type {any} */ one) => one.ok).length);
    const failed = results.filter((/** @type {any} */ one) => !one.ok);
    if (!failed.length) return go("inbox");
    const said = new Set(failed.map((/** @type {any} */ one) => one.problem.detail || one.problem.title));
    return trouble.replaceChildren(problem(say("inbox.some", { n: failed.length }), ...[...said].map((text) => h("p", {}, text)), action("inbox.again", () => go("inbox"), "second")));
  } catch (error) {
    if (!(error instanceof Refused) || ![error.problem.code, ...(error.problem.reasons ?? [])].some((one) => (one.code ?? one) === "step-up-required")) throw error;
    return passwordAsked(trouble, () => approveAll(reports, trouble));
  }
}

/** So many fewer wait, which the card on the home screen says. @param {number} n */
export async function decided(n) {
  await store.write((change) => change.edit("kept", "inbox", (before) => ({ ...before, waiting: Math.max(0, before.waiting - n) })));
  changed();
}
