// @ts-check
// With which vehicles, and who drove one: of a report that is being written, or that came back with a word about them.

import { dayOf } from "../clock.js";
import { action, choice, say } from "../controls.js";
import { draft, instantsOf, part, save } from "../draft.js";
import { h } from "../dom.js";
import { go } from "../frame.js";
import { squad, vehicles } from "../known.js";
import * as store from "../store.js";
import { more, personName, rich, shortDay, t } from "../words.js";

/** @typedef {{id: string, name: string}} Named */

export async function cars() {
  const begun = await draft();
  const frame = { title: t("fact.vehicles"), back: "new/check", nav: false };
  if (!begun) return { ...frame, back: "", content: [say("cars.gone")] };
  return { ...frame, content: [await chosen(begun, () => undefined), action("next", async () => go("new/check"))] };
}

/** @param {import("../draft.js").Draft} begun @param {() => void} also @param {boolean} [must] */
async function chosen(begun, also, must) {
  const there = (await squad()).filter((one) => begun.people.includes(one.id)).map((one) => ({ id: one.id, name: personName(one) }));
  return both(await vehicles(), begun.vehicle_ids ?? [], there, begun.driver ?? "", (used, driver) => {
    Object.assign(begun, { vehicle_ids: used, driver });
    void save(begun);
    also();
  }, must);
}

/**
 * Those of a report that is told of a vehicle: the only one there is, driven by the only person on it, unless said otherwise;
 * and what its meter showed last, as far as this phone knows.
 * @param {import("../draft.js").Draft} begun @param {any} kind
 */
export async function driven(begun, kind) {
  const [all] = [await vehicles(), await more("after/")];
  if (!begun.vehicle_ids?.length && all.length === 1) begun.vehicle_ids = [all[0].id];
  if (begun.driver === undefined && begun.people.length === 1) [begun.driver] = begun.people;
  const meter = h("div", {});
  const show = async () => {
    const last = await lastOf(begun, kind);
    meter.replaceChildren(...(last ? [h("button", { type: "button", class: "button second", id: "last-meter", onclick: () => put(kind.meter.start, last.km) }, h("span", {}, rich("cars.last", { km: last.km, day: shortDay(dayOf(last.at)) })))] : []));
  };
  await show();
  return [await chosen(begun, () => void show(), true), meter];
}

/** Where the vehicle's last run ended that this person wrote. @param {import("../draft.js").Draft} begun @param {any} kind @returns {Promise<{at: string, km: number} | null>} */
async function lastOf({ id, member_id, kind: code, vehicle_ids = [], span }, kind) {
  if (!kind.meter || vehicle_ids.length !== 1) return null;
  const runs = [...(await store.all("known", "reports/")).filter((one) => one.mine && one.state !== "withdrawn"), ...(await store.all("queue")).filter((item) => item.member_id === member_id).map((item) => item.body)]
    .filter((one) => one.kind === code && one.id !== id && one.vehicle_ids?.join() === vehicle_ids[0] && one.details?.[kind.meter.end] !== undefined && Date.parse(one.started_at) < Date.parse(instantsOf(span).started_at))
    .sort((a, b) => Date.parse(a.started_at) - Date.parse(b.started_at));
  const last = runs.pop();
  return last ? { at: last.ended_at, km: last.details[kind.meter.end] } : null;
}

/** Into the field of that name. @param {string} name @param {number} value */
function put(name, value) {
  const [input] = document.getElementsByName(name);
  if (!(input instanceof HTMLInputElement)) return;
  input.value = String(value);
  input.dispatchEvent(new Event("input"));
  input.focus();
}

/** Those of a report that came back. @param {any} report @param {any} fixing @param {(name: string, value: any) => void} set */
export async function editor(report, fixing, set) {
  const [all] = [await vehicles(), await more("after/")];
  const said = { ...report, ...fixing.changes };
  const names = new Map(report.participants.map((/** @type {any} */ one) => [one.member_id, one.name]));
  for (const one of await squad()) names.set(one.id, personName(one));
  const there = said.participants.map((/** @type {any} */ one) => ({ id: one.member_id, name: names.get(one.member_id) }));
  const drove = said.participants.find((/** @type {any} */ one) => one.role === "driver")?.member_id ?? "";
  const others = report.vehicle_ids.filter((/** @type {string} */ id) => !all.some((one) => one.id === id)); // of other units
  return both(all, said.vehicle_ids, there, drove, (used, driver) => {
    set("vehicle_ids", [...used, ...others]);
    const now = fixing.changes.participants ?? report.participants;
    const role = (/** @type {any} */ one) => (one.member_id === driver ? "driver" : one.role === "driver" ? "member" : one.role);
    if (driver !== drove || fixing.changes.participants) set("participants", now.map((/** @type {any} */ one) => part({ ...one, role: role(one) })));
  });
}

/**
 * The vehicles and, where one is chosen, who drove it.
 * @param {Named[]} all @param {string[]} chosen @param {any[]} people @param {any} driver @param {(used: string[], driver: string) => void} change
 * @param {boolean} [must]
 */
function both(all, chosen, people, driver, change, must) {
  let [used, drove] = [chosen, driver];
  const who = h("div", {});
  const options = [...people.map((/** @type {Named} */ one) => ({ value: one.id, label: one.name })), { value: "", label: t("cars.unsaid") }];
  const show = () => who.replaceChildren(...(used.length ? [choice({ legend: rich("cars.driver"), options, chosen: [drove], name: "driver", change: ([id]) => change(used, drove = id) })] : []));
  const pick = (/** @type {string[]} */ now) => {
    used = now;
    change(used, drove);
    show();
  };
  show();
  return h("section", {}, choice({ legend: h("span", {}, rich("fact.vehicles"), must && h("em", { class: "must" }, rich("must"))), options: all.map(({ id, name }) => ({ value: id, label: name })), chosen: used, several: true, name: "vehicle", change: pick }), who);
}
