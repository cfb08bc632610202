// @ts-check
// L5: one report for the whole squad, for those without a phone: everybody is ticked, those who were away are unticked.
// Who has reported already is not ticked. It is queued like any report, so it can be written without a network.

import { get, NotNow, Refused, SignedOut } from "../api.js";
import { dayOf } from "../clock.js";
import { action, complain, say, whoWasThere } from "../controls.js";
import { bodyOf, spanOf } from "../draft.js";
import { h } from "../dom.js";
import { go } from "../frame.js";
import { newId } from "../ids.js";
import { squad } from "../known.js";
import { enqueue } from "../queue.js";
import * as store from "../store.js";
import { fromTo, longDay, rich, t } from "../words.js";

/** @param {string} eventId */
export async function roster(eventId) {
  const [event, me, people] = [await store.read("known", `events/${eventId}`), await store.kept("me"), await squad()];
  if (!event) return { title: t("roster.title"), back: "", content: [say("event.gone")] };
  const there = await reported(event, me.unit.id);
  const open = people.filter((one) => !there.has(one.id));
  let chosen = open.map((one) => one.id);
  const id = newId();
  const trouble = h("div", {});
  const submit = async () => {
    if (!chosen.length) {
      return complain(trouble, say("check.nobody"));
    }
    const what = { id, member_id: me.member.id, kind: event.kind, label: event.title, event_id: event.id, order_by: event.order_by, span: spanOf(event), people: chosen, place: event.place, details: event.details, summary: "", photo_ids: [], begun_at: 0 };
    await enqueue({ id, member_id: me.member.id, kind: "report", made_at: Date.now(), label: event.title, day: dayOf(event.started_at), body: bodyOf(what, me.unit.id), photo_ids: [], sent: false, problem: null });
    return go(`sent/${id}`, true);
  };
  return {
    title: t("roster.title"), back: "", nav: false,
    content: [
      h("p", { class: "crumbs" }, event.title, "　", longDay(dayOf(event.started_at)), " ", fromTo(event)),
      say("roster.lead"),
      there.size ? h("p", { class: "hint" }, rich("roster.reported", { names: people.filter((one) => there.has(one.id)).map((one) => one.name).join("・") })) : null,
      open.length ? whoWasThere(open, chosen, me.member.id, (now) => { chosen = now; }) : say("roster.all"),
      trouble, open.length ? action("submit", submit) : null,
    ],
  };
}

/** Members who are in a report of this event already; none known without a network, and then the server says so. @param {any} event @param {string} unitId @returns {Promise<Set<string>>} */
async function reported(event, unitId) {
  try {
    const { items } = await get(`/activity-reports?unit_id=${unitId}&month=${dayOf(event.started_at).slice(0, 7)}&kind=${event.kind}&limit=100`);
    const of = items.filter((/** @type {any} */ one) => one.event_id === event.id && one.state !== "withdrawn");
    return new Set(of.flatMap((/** @type {any} */ one) => one.participants.map((/** @type {any} */ person) => person.member_id)));
  } catch (error) {
    if (error instanceof NotNow || error instanceof Refused || error instanceof SignedOut) return new Set();
    throw error;
  }
}
