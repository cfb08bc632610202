// @ts-check
// M4: a report that came back. Why stands on top; only what was remarked is open, with the old value beside it. One that should
// not be, as it is there twice, is taken away.

import { dayOf, now, timeOf } from "../clock.js";
import { action, choice, field, pictures, complain, say, times, way, whichDay, whoWasThere } from "../controls.js";
import { detail, looked } from "../details.js";
import { instantsOf, missing, part, spanOf, tooEarly } from "../draft.js";
import { h, icon } from "../dom.js";
import { go } from "../frame.js";
import { fieldsOf, kindOf, kinds, reasons, remarksOf, squad } from "../known.js";
import { MOST } from "../photos.js";
import { enqueue } from "../queue.js";
import { same } from "../same.js";
import * as store from "../store.js";
import { labelOf, longDay, rich, shortDay, t } from "../words.js";

const ANY = ["ended_at", "place", "summary", "participants", "details"]; // open where the leader named no field

/** @param {string} id */
export async function fix(id) {
  const [report, said, me] = [await store.read("known", `reports/${id}`), await remarksOf(id), await store.kept("me")];
  // What waits stands under the report's id: another one in its place would take its pictures along, or be taken for sent.
  if (await store.read("queue", id)) return { title: t("fix.title"), back: "", live: true, content: [say("fix.waits")] };
  if (!report || report.state !== "returned") return { title: t("fix.title"), back: "", content: [say("fix.gone")] };
  const begun = store.fixingOf(me.member.id, id);
  const fixing = await store.kept(begun) ?? { id, member_id: me.member.id, changes: {}, photo_ids: [] };
  const keep = () => store.keep(begun, fixing);
  const set = (/** @type {string} */ name, /** @type {any} */ value) => { fixing.changes[name] = value; void keep(); };
  const open = openFields(said, await kindOf(report.kind));
  const trouble = h("div", {});
  const submit = async () => {
    const now_ = { ...report, ...fixing.changes };
    const { details, odd } = await looked(now_, now_);
    const empty = await missing(now_);
    if (!same(now_.details, details)) fixing.changes.details = details;
    const fault = fixing.changes.participants?.length === 0 ? "check.nobody" : tooEarly(now_) ? "check.future" : null;
    if (empty.length) return complain(trouble, say("what.missing", { names: empty.map(labelOf).join("・") }));
    if (fault || odd) return complain(trouble, h("p", {}, odd ?? rich(fault ?? "")));
    await enqueue({
      id, member_id: me.member.id, kind: "fix", made_at: now(), label: report.kind_label, day: dayOf(report.started_at), version: report.version,
      body: fixing.changes, photo_ids: fixing.photo_ids, sent: false, problem: null,
    }, begun);
    return go(`sent/${id}`, true);
  };
  return {
    title: t("fix.title"), back: "", nav: false,
    content: [
      h("div", { class: "note warn" }, icon("alert"), h("div", {}, h("p", { class: "what" }, report.kind_label, " ", shortDay(dayOf(report.started_at))), ...(await words(said)))),
      ...(await editors(open, report, fixing, set, keep)), trouble, action("fix.submit", submit),
      way("fix.withdraw", `withdraw/${id}/${dayOf(report.started_at).slice(0, 7)}`, "quiet"),
    ],
  };
}

const UNSAID = "other"; // the reason of a remark that says no more than its field, which is open below

/** The leader's words, with the reason of each remark. @param {any} said @returns {Promise<Node[]>} */
async function words(said) {
  if (!said) return [];
  const known = await reasons();
  const remarks = said.remarks.filter((/** @type {any} */ one) => one.text || one.reason !== UNSAID).map((/** @type {any} */ one) => h("li", {}, h("b", {}, known[one.reason] ?? ""), one.text ? `　${one.text}` : ""));
  return [said.comment ? h("p", { class: "quote" }, said.comment) : null, remarks.length ? h("ul", {}, remarks) : null, said.by ? h("p", { class: "hint" }, rich("fix.by", { who: said.by })) : null]
    .filter((part) => part !== null);
}

/** @param {any} said @param {any} kind @returns {Set<string>} names of content fields; "details/x" for one of a kind */
function openFields(said, kind) {
  const named = (said?.remarks ?? []).map((/** @type {any} */ one) => one.pointer.split("/").slice(1)).map((/** @type {string[]} */ [top, next]) => (top === "details" && next ? `details/${next}` : top));
  return new Set(named.length ? named : kind?.vehicles === "required" ? [...ANY, "vehicle_ids"] : ANY);
}

/**
 * @param {Set<string>} open @param {any} report @param {any} fixing @param {(name: string, value: any) => void} set @param {() => Promise<void>} keep
 * @returns {Promise<Node[]>}
 */
async function editors(open, report, fixing, set, keep) {
  const made = [];
  if (open.has("started_at") || open.has("ended_at")) made.push(timesEditor(report, fixing, set, open));
  const asked = [...open].filter((name) => name.startsWith("details")).map((name) => name.split("/")[1]);
  if (open.has("kind")) made.push(await kindEditor(report, fixing, set, asked));
  if (open.has("participants")) made.push(await peopleEditor(report, fixing, set));
  if (open.has("vehicle_ids")) made.push(await import("../after/cars.js").then((its) => its.editor(report, fixing, set)));
  if (open.has("place")) made.push(textEditor("place", report, fixing, set));
  if (open.has("summary")) made.push(textEditor("summary", report, fixing, set));
  if (!open.has("kind")) made.push(...(await detailEditors(asked, report, fixing, set)));
  if (open.has("attachment_ids")) made.push(photoEditor(report, fixing, keep));
  return made.length ? made : [textEditor("summary", report, fixing, set)];
}

/** @param {string} value */
const before = (value) => h("p", { class: "before" }, rich("fix.before", { value: value || "–" }));

/** @param {any} report @param {any} fixing @param {(name: string, value: any) => void} set @param {Set<string>} open */
function timesEditor(report, fixing, set, open) {
  const span = spanOf({ ...report, ...fixing.changes });
  const change = () => {
    const { started_at, ended_at } = instantsOf(span);
    if (started_at !== report.started_at || fixing.changes.started_at) set("started_at", started_at);
    if (ended_at !== report.ended_at || fixing.changes.ended_at) set("ended_at", ended_at);
  };
  const day = open.has("started_at") ? h("details", {}, h("summary", {}, rich("fix.day", { day: longDay(span.day) })), whichDay(span, change)) : h("p", { class: "crumbs" }, longDay(span.day));
  const ends = /** @type {("start" | "end")[]} */ (["start", "end"]).filter((which) => open.has(which === "start" ? "started_at" : "ended_at"));
  return h("section", {}, day, times(span, change, { start: timeOf(report.started_at), end: timeOf(report.ended_at) }, ends));
}

/** The kind and, as those of another one are others, its details. @param {any} report @param {any} fixing @param {(name: string, value: any) => void} set @param {(string | undefined)[]} asked */
async function kindEditor(report, fixing, set, asked) {
  const options = (await kinds()).map((kind) => ({ value: kind.code, label: labelOf(kind) }));
  const its = h("div", { class: "times" });
  const show = async () => {
    const other = fixing.changes.kind && fixing.changes.kind !== report.kind;
    const cars = other && (await kindOf(fixing.changes.kind)).vehicles === "required" ? [await import("../after/cars.js").then((program) => program.editor(report, fixing, set))] : [];
    its.replaceChildren(...cars, ...(await detailEditors(other ? [undefined] : asked, report, fixing, set)));
  };
  const change = (/** @type {string[]} */ [kind]) => { set("kind", kind); set("details", kind === report.kind ? report.details : {}); void show(); };
  await show();
  return h("section", {}, before(report.kind_label), choice({ legend: rich("fact.kind"), options, chosen: [fixing.changes.kind ?? report.kind], name: "kind", change }), its);
}

/** @param {any} report @param {any} fixing @param {(name: string, value: any) => void} set */
async function peopleEditor(report, fixing, set) {
  const now_ = fixing.changes.participants ?? report.participants;
  const people = await squad();
  const known = new Set(people.map((one) => one.id));
  const others = report.participants.filter((/** @type {any} */ one) => !known.has(one.member_id)).map((/** @type {any} */ one) => ({ id: one.member_id, name: one.name }));
  const change = (/** @type {string[]} */ ids) => {
    const parts = new Map([...report.participants, ...(fixing.changes.participants ?? [])].map((one) => [one.member_id, part(one)]));
    set("participants", ids.map((id) => parts.get(id) ?? { member_id: id, role: "member" }));
  };
  const names = report.participants.map((/** @type {any} */ one) => one.name).join("・");
  return h("section", {}, before(names), whoWasThere([...people, ...others], now_.map((/** @type {any} */ one) => one.member_id), report.author_id ?? people[0].id, change));
}

/** @param {"place" | "summary"} name @param {any} report @param {any} fixing @param {(name: string, value: any) => void} set */
function textEditor(name, report, fixing, set) {
  const input = name === "place" ? h("input", { type: "text", maxlength: 100, id: name }) : h("textarea", { rows: "3", maxlength: 1000, id: name });
  input.value = fixing.changes[name] ?? report[name];
  input.addEventListener("input", () => set(name, input.value));
  return h("section", {}, field(rich(`fact.${name}`), input), before(report[name]));
}

/** @param {(string | undefined)[]} asked names of fields; undefined for all @param {any} report @param {any} fixing @param {(name: string, value: any) => void} set */
async function detailEditors(asked, report, fixing, set) {
  const kind = await kindOf(fixing.changes.kind ?? report.kind);
  const details = () => fixing.changes.details ?? report.details;
  return fieldsOf(kind).filter((of) => asked.includes(undefined) || asked.includes(of.name)).map((of) => detail(of, details()[of.name], (value) => {
    const { [of.name]: old, ...rest } = details();
    set("details", value === undefined ? rest : { ...rest, [of.name]: value });
  }, () => ({ ...report, ...fixing.changes })));
}

/** Those that the server has may be left out; new ones come along. @param {any} report @param {any} fixing @param {() => Promise<void>} keep */
function photoEditor(report, fixing, keep) {
  const there = () => fixing.changes.attachment_ids ?? report.attachment_ids;
  const take = async () => {
    fixing.changes.attachment_ids = [...new Set([...there(), ...fixing.photo_ids])];
    await keep();
  };
  const drop = async (/** @type {string} */ id) => {
    fixing.photo_ids.splice(fixing.photo_ids.indexOf(id), 1);
    fixing.changes.attachment_ids = there().filter((/** @type {string} */ one) => one !== id);
    await keep();
    await store.write((change) => change.drop("photos", id));
  };
  const old = report.attachment_ids;
  const options = old.map((/** @type {string} */ id, /** @type {number} */ place) => ({ value: id, label: rich("photos.old", { n: place + 1 }) }));
  const choose = (/** @type {string[]} */ kept) => { fixing.changes.attachment_ids = [...kept, ...fixing.photo_ids]; void keep(); };
  return h("section", {}, old.length ? choice({ legend: rich("photos.keep"), options, chosen: there().filter((/** @type {string} */ id) => old.includes(id)), several: true, name: "old", change: choose }) : null,
    pictures({ ids: fixing.photo_ids, reportId: report.id, memberId: fixing.member_id, change: take, drop, room: () => MOST - there().length }));
}
