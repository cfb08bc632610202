// @ts-check
// With which vehicles, and who drove one: of a report that is being written, or that came back with a word about them.

import { action, choice, say } from "../controls.js";
import { draft, save } from "../draft.js";
import { h } from "../dom.js";
import { go } from "../frame.js";
import { squad, vehicles } from "../known.js";
import { part } from "../screens/fix.js";
import { more, personName, rich, t } from "../words.js";

/** @typedef {{id: string, name: string}} Named */

export async function cars() {
  const [begun, all, people] = [await draft(), await vehicles(), await squad()];
  const frame = { title: t("fact.vehicles"), back: "new/check", nav: false };
  if (!begun) return { ...frame, back: "", content: [say("cars.gone")] };
  const there = people.filter((one) => begun.people.includes(one.id)).map((one) => ({ id: one.id, name: personName(one) }));
  const change = (/** @type {string[]} */ used, /** @type {string} */ driver) => {
    Object.assign(begun, { vehicle_ids: used, driver });
    void save(begun);
  };
  return { ...frame, content: [both(all, begun.vehicle_ids ?? [], there, begun.driver ?? "", change), action("next", async () => go("new/check"))] };
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
 */
function both(all, chosen, people, driver, change) {
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
  return h("section", {}, choice({ legend: rich("fact.vehicles"), options: all.map(({ id, name }) => ({ value: id, label: name })), chosen: used, several: true, name: "vehicle", change: pick }), who);
}
