// @ts-check
// What the phone keeps of what the server told: only what its screens need without a network. Of one's own reports the
// content, of others that one is in no more than that; of people the names of one's own unit, of vehicles their names.

import { now } from "./clock.js";
import * as store from "./store.js";
import { labelOf, rich } from "./words.js";

/** @typedef {Parameters<Parameters<typeof store.write>[0]>[0]} Change */

const OWN = [
  "id", "number", "version", "kind", "kind_label", "unit_id", "event_id", "started_at", "ended_at", "place", "summary",
  "details", "participants", "vehicle_ids", "attachment_ids", "state", "awaiting", "entry_mode", "updated_at",
];
const OTHER = ["id", "kind", "event_id", "started_at", "ended_at", "state"];
const LIVE = ["draft", "in_review", "returned", "confirmed", "sealed"];

/** @param {any} from @param {string[]} names */
const some = (from, names) => Object.fromEntries(names.map((name) => [name, from[name]]));

/** A report as far as it concerns this member; one that does not is let go. @param {Change} change @param {any} report @param {string} memberId */
export function keptReport(change, report, memberId) {
  const key = `reports/${report.id}`;
  const mine = report.author.id === memberId;
  const within = report.participants.some((/** @type {any} */ one) => one.member_id === memberId);
  if (mine) change.put("known", key, { ...some(report, OWN), mine, within });
  else if (within) change.put("known", key, { ...some(report, OTHER), mine, within });
  else change.drop("known", key);
}

/** What is doubtful about one's own report and can be put right: times, place, vehicle, odometer; in the server's words. @param {any} of @returns {string[]} */
export const doubtsOf = ({ warnings = [] }) => warnings.flatMap((/** @type {any} */ one) => (/^(short|long|vehicle|odometer|place)/.test(one.code) ? one.message : []));

/** @returns {Promise<any[]>} own reports that came back, oldest first */
export async function returned() {
  const waits = new Set((await store.all("queue")).map((item) => item.id));
  const reports = await store.all("known", "reports/");
  return reports.filter((one) => one.mine && one.state === "returned" && !waits.has(one.id))
    .sort((a, b) => a.started_at.localeCompare(b.started_at));
}

/** The remarks with which a report came back. @param {string} id */
export const remarksOf = async (id) => (await store.read("known", `remarks/${id}`)) ?? null;

/**
 * Planned events of which one has not reported, nor written that, nor said that one was not there.
 * @param {number} from @param {number} to milliseconds
 */
export async function openEvents(from, to) {
  const [events, reports, queue] = [await store.all("known", "events/"), await store.all("known", "reports/"), await store.all("queue")];
  const absent = (await store.kept("absent")) ?? {};
  const told = new Set([
    ...reports.filter((one) => one.within && LIVE.includes(one.state)).map((one) => one.event_id),
    ...queue.map((item) => item.event_id ?? item.body.event_id),
  ]);
  return events
    .filter((event) => event.state !== "cancelled" && !told.has(event.id) && Date.parse(event.started_at) >= from && Date.parse(event.started_at) <= to)
    .map((event) => ({ ...event, absent: Boolean(absent[event.id]) }))
    .sort((a, b) => a.started_at.localeCompare(b.started_at));
}

/** Whether somebody decides on what others report. @param {any} me */
export const leads = (me) => me.posts.some((/** @type {any} */ one) => one.post !== "member");

/** Whether somebody leads the unit of which they are a member, and so enters for those without a phone. @param {any} me */
export const leadsOwn = (me) => me.posts.some((/** @type {any} */ one) => one.post !== "member" && one.unit.id === me.unit?.id);

/** A list that changes seldom, as last fetched. @param {string} beginning of its address @returns {Promise<any | null>} */
async function list(beginning) {
  const pages = await store.all("known", `lists/${beginning}`);
  return pages.length ? pages : null;
}

/** Kinds of activity that can be written here. @returns {Promise<any[]>} */
export async function kinds() {
  const pages = await list("/api/v1/activity-kinds");
  const cars = await vehicles();
  return pages ? pages[0].items.filter((/** @type {any} */ kind) => canBeWritten(kind) && (cars.length || kind.vehicles !== "required")) : [];
}

/** @param {string} code @returns {Promise<any>} */
export async function kindOf(code) {
  const pages = await list("/api/v1/activity-kinds");
  return pages?.[0].items.find((/** @type {any} */ kind) => kind.code === code) ?? null;
}

/** Return reasons by code. @returns {Promise<Record<string, string>>} */
export async function reasons() {
  const pages = await list("/api/v1/activity-kinds");
  return Object.fromEntries((pages?.[0].return_reasons ?? []).map((/** @type {any} */ one) => [one.value, one.label]));
}

/** The fields that this app draws: all but ids of something else. @param {any[]} fields @returns {any[]} */
export const drawnOf = (fields) => fields.filter((field) => field.type !== "uuid");

/** Notices of what is to come, injuries, and kinds that need something this app has no field for, are for others. @param {any} kind */
const canBeWritten = (kind) => kind.times === "past" && !kind.confidential
  && kind.fields.every((/** @type {any} */ field) => !field.required || field.type !== "uuid");

/** @param {any} kind @returns {any[]} */
export const fieldsOf = (kind) => drawnOf(kind.fields);

/** The people of one's own unit, in kana order; oneself at least. @returns {Promise<{id: string, name: string, kana: string}[]>} */
export async function squad() {
  const me = await store.kept("me");
  const pages = me.unit ? await list(`/api/v1/units/${me.unit.id}/members`) : null;
  const people = (pages ?? []).flatMap((/** @type {any} */ page) => page.items);
  const rest = people.filter((/** @type {any} */ one) => one.id !== me.member.id);
  return [/** @type {any} */ (some(me.member, ["id", "name", "kana"])), ...rest];
}

/** The vehicles that there are now. @returns {Promise<{id: string, name: string}[]>} */
export const vehicles = async () => ((await list("/api/v1/vehicles")) ?? []).flatMap((/** @type {any} */ page) => page.items);

/** Places of own reports and of events that were, the newest first, each once. @returns {Promise<string[]>} */
export async function places() {
  const known = [...(await store.all("known", "reports/")), ...(await store.all("known", "events/"))];
  const named = known.filter((one) => one.place && Date.parse(one.started_at) <= now()).sort((a, b) => b.started_at.localeCompare(a.started_at));
  return [...new Set(named.map((one) => one.place))].slice(0, 4);
}

/** A number that is not within its bounds, in words. @param {any[]} fields @param {Record<string, any>} values @returns {Node | null} */
export function outside(fields, values) {
  const of = fields.find((one) => values[one.name] < one.min || values[one.name] > (one.max ?? Infinity));
  return of ? rich("what.range", { name: labelOf(of), min: of.min, max: of.max }) : null;
}
