// @ts-check
// A new report that begins as an earlier one of one's own: kind, place, people, vehicles and times of day, with today's date.
// What belongs to that day alone (pictures, meters, injuries, what was done) is not copied, and whoever has left is not.

import { instead } from "../asking.js";
import { dayOf, now } from "../clock.js";
import { say } from "../controls.js";
import { missing, ofKind, put, spanOf } from "../draft.js";
import { h } from "../dom.js";
import { go } from "../frame.js";
import { kinds, squad, vehicles } from "../known.js";
import * as store from "../store.js";
import { fromTo, labelOf, rich, shortDay, t } from "../words.js";

const MOST = 20;

export async function copy() {
  const all = new Map((await kinds()).map((kind) => [kind.code, kind]));
  const own = (await store.all("known", "reports/")).filter((one) => one.mine && one.state !== "withdrawn" && all.has(one.kind))
    .sort((a, b) => b.started_at.localeCompare(a.started_at)).slice(0, MOST);
  const row = (/** @type {any} */ one) => h("button", { type: "button", class: "tile wide", id: `copy-${one.id}`, onclick: () => instead(() => begin(one, all.get(one.kind))) },
    h("b", {}, `${shortDay(dayOf(one.started_at))}　${labelOf(all.get(one.kind))}`), h("span", {}, `${fromTo(one)}　${one.place}　`, rich("copy.people", { n: one.participants.length })));
  return { title: t("copy.title"), back: "new", nav: false, content: own.length ? [say("copy.lead"), h("div", { class: "tiles" }, own.map(row))] : [say("copy.none")] };
}

/** @param {any} one @param {any} kind */
async function begin(one, kind) {
  const [me, there, cars] = [await store.kept("me"), new Set(one.participants.map((/** @type {any} */ who) => who.member_id)), await vehicles()];
  const people = (await squad()).map((who) => who.id).filter((id) => there.has(id));
  const vehicle_ids = cars.map((car) => car.id).filter((id) => one.vehicle_ids.includes(id));
  const made = await put({
    ...ofKind(kind), span: { ...spanOf(one), day: dayOf(now()) }, people, place: one.place, vehicle_ids,
    copied: { day: dayOf(one.started_at), left: there.size - people.length },
  }, me);
  go((await missing(made)).length ? "new/what" : "new/check");
}
