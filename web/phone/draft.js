// @ts-check
// The report that is being written. It is kept at every step, so it is there again after the phone was off.

import { dayOf, instant, minutesOf, now } from "./clock.js";
import { newId } from "./ids.js";
import { kindOf, places } from "./known.js";
import * as store from "./store.js";
import { t } from "./words.js";

const STEP = 15;
const USUAL = { start: 19 * 60, end: 21 * 60 };

/**
 * @typedef {{id: string, member_id: string, kind: string, label: string, event_id: string | null, order_by: string | null,
 *   span: import("./controls.js").Span, people: string[], place: string, details: Record<string, any>, summary: string,
 *   photo_ids: string[], begun_at: number, vehicle_ids?: string[], driver?: string, copied?: {day: string, left: number}}} Draft
 */

/** The draft of the person who is signed in. @returns {Promise<Draft | null>} */
export async function draft() {
  const [found, owner] = [await store.kept("draft"), await store.kept("owner")];
  return found && found.member_id === owner ? found : null;
}

/** @param {Draft} what */
export const save = (what) => store.keep("draft", what);

/** A new one of a kind, with what is likely. @param {any} kind */
export async function begin(kind) {
  const me = await store.kept("me");
  const [place] = await places();
  const usual = kind.tax_class === "disaster" ? "" : place ?? t("place.usual"); // a fire is elsewhere each time
  return put({ ...ofKind(kind), span: lately(), people: [me.member.id], place: usual }, me);
}

/** What goes with a kind of activity. @param {any} kind */
export const ofKind = (kind) => ({ kind: kind.code, label: t("kind.of", { kind: kind.labels[document.documentElement.lang] ?? kind.label }), event_id: null, order_by: null, details: {}, vehicle_ids: [] });

/** Another kind; all that does not go with it stays. @param {Draft} what @param {any} kind */
export const change = (what, kind) => (what.kind === kind.code ? undefined : save({ ...what, ...ofKind(kind) }));

/** One of an event, to be changed. @param {any} event @param {import("./controls.js").Span} span */
export async function beginFrom(event, span) {
  const me = await store.kept("me");
  return put({ kind: event.kind, label: event.title, event_id: event.id, order_by: event.order_by, span, people: [me.member.id], place: event.place, details: event.details }, me);
}

/** A new one, in the place of the one there was. @param {any} what @param {any} me */
export async function put(what, me) {
  const made = { ...what, id: newId(), member_id: me.member.id, summary: "", photo_ids: [], begun_at: now() };
  await store.write(await instead(made));
  return made;
}

/** Thrown away with its pictures. */
export const discard = async () => store.write(await instead());

/** What puts another one, or none, in the place of the one there is. @param {Draft} [other] @returns {Promise<Parameters<typeof store.write>[0]>} */
export async function instead(other) {
  const old = await draft();
  return (change) => {
    for (const id of old?.photo_ids ?? []) change.drop("photos", id);
    if (other) change.put("kept", "draft", other);
    else if (old) change.drop("kept", "draft");
  };
}

/** Now, or in the small hours yesterday's evening. @returns {import("./controls.js").Span} */
function lately() {
  const today = dayOf(now());
  return likelyOn(minutesOf(today, now()) < 120 ? dayOf(now() - 86_400_000) : today);
}

/** Today the two hours that end now, in whole quarters; on any other day the evening. @param {string} day @returns {import("./controls.js").Span} */
export function likelyOn(day) {
  const end = Math.floor(minutesOf(day, now()) / STEP) * STEP;
  return day === dayOf(now()) && end >= 120 ? { day, start: end - 120, end } : { day, ...USUAL };
}

/** From when to when, as days and minutes. @param {{started_at: string, ended_at: string}} of @returns {import("./controls.js").Span} */
export function spanOf({ started_at, ended_at }) {
  const day = dayOf(started_at);
  return { day, start: minutesOf(day, started_at), end: minutesOf(day, ended_at) };
}

/** @param {import("./controls.js").Span} span */
export const instantsOf = (span) => ({ started_at: instant(span.day, span.start), ended_at: instant(span.day, span.end) });

/** Whether its end is still to come. @param {{ended_at: string}} of */
export const tooEarly = ({ ended_at }) => Date.parse(ended_at) > now() + 600_000; // so far ahead the server lets it be

/** What is sent. @param {Draft} what @param {string} unitId */
export function bodyOf(what, unitId) {
  return {
    id: what.id, kind: what.kind, unit_id: unitId, event_id: what.event_id, ...instantsOf(what.span), place: what.place,
    order_by: what.order_by, summary: what.summary, details: what.details, vehicle_ids: what.vehicle_ids,
    participants: what.people.map((member_id) => ({ member_id, role: what.vehicle_ids?.length && member_id === what.driver ? "driver" : "member" })), attachment_ids: what.photo_ids, submit: true,
  };
}

/** A person's part as it is sent. @param {any} one */
export const part = ({ member_id, role, started_at, ended_at, acted, injured, left_early_reason }) => ({ member_id, role, started_at, ended_at, acted, injured, left_early_reason });

/** Which required fields are empty, the vehicle among them. @param {Draft} what @returns {Promise<any[]>} */
export async function missing(what) {
  const kind = await kindOf(what.kind);
  const empty = (kind?.fields ?? []).filter((/** @type {any} */ field) => field.required && what.details[field.name] === undefined);
  return kind?.vehicles === "required" && !what.vehicle_ids?.length ? [{ label: t("fact.vehicles") }, ...empty] : empty;
}
