// @ts-check
// Fields that are seldom filled in: a time, a date, rows of a list. And what the values of a report say against each other,
// so that it is said before sending, also without a signal.

import { sure } from "../asking.js";
import { addDays, dayOf, instant, minutesOf, timeOf } from "../clock.js";
import { field } from "../controls.js";
import { h, icon } from "../dom.js";
import { drawnOf, outside } from "../known.js";
import { labelOf, longDay, more, rich, shortDay, t } from "../words.js";

/** @typedef {{started_at: string, ended_at: string}} Times */

/** @typedef {(of: any, value: any, change: (value: any) => void, around: () => Times) => Node} Detail */

/** A field by its type. @param {any} of @param {Node} label @param {any} value @param {(value: any) => void} change @param {() => Times} around the report's times @param {Detail} detail draws a column of a row */
export async function drawn(of, label, value, change, around, detail) {
  await more("after/");
  return of.type === "items" ? rows(of, label, value ?? [], change, around, detail) : of.type === "date" ? date(label, value, change) : clock(label, value, change, around);
}

/** @param {Node} label @param {any} value @param {(value: any) => void} change */
function date(label, value, change) {
  return withDay(label, h("input", { type: "date", max: "2099-12-31", value: value ?? "" }), (said) => { change(said || undefined); return said; }, value);
}

/** A time of day; of which day, the report's times say. @param {Node} label @param {any} value @param {(value: any) => void} change @param {() => Times} around */
function clock(label, value, change, around) {
  const other = (/** @type {string} */ at) => (at && dayOf(at) !== dayOf(around().started_at) ? dayOf(at) : "");
  const input = h("input", { type: "time", value: value ? timeOf(value).padStart(5, "0") : "" });
  return withDay(label, input, (said) => {
    const at = said ? near(said, around()) : "";
    change(at || undefined);
    return other(at);
  }, other(value ?? ""));
}

/** An input that tells the day beside it, where there is one to tell. @param {Node} label @param {HTMLInputElement} input @param {(said: string) => string} take @param {string} [day] */
function withDay(label, input, take, day) {
  const said = h("p", { class: "hint", role: "status" });
  const show = (/** @type {string | undefined} */ now) => said.replaceChildren(now ? (input.type === "date" ? longDay(now) : shortDay(now)) : "");
  input.addEventListener("input", () => show(take(input.value)));
  show(day);
  return h("div", {}, field(label, input), said);
}

/** The instant of that time of day that is nearest to the report. @param {string} time "19:05" @param {Times} around */
function near(time, { started_at, ended_at }) {
  const [hour, minute] = time.split(":").map(Number);
  const days = [0, -1, 1].map((by) => addDays(dayOf(started_at), by));
  if (!days.includes(dayOf(ended_at))) days.push(dayOf(ended_at));
  const far = (/** @type {string} */ day) => Math.max(minutesOf(day, started_at) - hour * 60 - minute, hour * 60 + minute - minutesOf(day, ended_at), 0);
  const [day] = days.sort((a, b) => far(a) - far(b));
  return spelled(instant(day, hour * 60 + minute));
}

/** As the server keeps it. @param {string} at */
const spelled = (at) => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** Rows of a list, one under the other. @param {any} of @param {Node} label @param {any[]} value @param {(value: any) => void} change @param {() => Times} around @param {Detail} detail */
function rows(of, label, value, change, around, detail) {
  const all = [...value];
  const list = h("div", { class: "lines" });
  const take = () => { const said = all.filter((row) => Object.keys(row).length); change(said.length ? said : undefined); };
  const show = () => list.replaceChildren(...all.map((row, n) => h("fieldset", { class: "card" }, h("legend", {}, t("fields.row", { name: labelOf(of), n: n + 1 })),
    ...drawnOf(of.fields).map((column) => detail({ ...column, name: `${of.name}-${n}-${column.name}` }, row[column.name], (said) => {
      if (said === undefined) delete row[column.name];
      else row[column.name] = said;
      take();
    }, around)),
    h("button", { type: "button", class: "button second", "aria-label": t("fields.dropOf", { name: labelOf(of), n: n + 1 }), onclick: () => (Object.keys(row).length ? sure(() => drop(n))() : drop(n)) }, icon("cross"), h("span", {}, rich("fields.drop"))))));
  const drop = (/** @type {number} */ n) => { all.splice(n, 1); take(); show(); add.focus(); };
  const add = h("button", { type: "button", class: "button second", id: `add-${of.name}`, onclick: () => {
    all.push({});
    show();
    /** @type {HTMLElement | null | undefined} */ (list.lastElementChild?.querySelector("input"))?.focus();
  } }, icon("plus"), h("span", {}, rich("fields.add")));
  show();
  return h("fieldset", { class: "field" }, h("legend", {}, label), list, add);
}

/** Times of day moved to the day that the report now has, and what stands against the values, in words. @param {Record<string, any>} before @param {any} kind @param {Times} times */
export async function looked(before, kind, times) {
  await more("after/");
  const details = { ...before };
  for (const of of kind.fields) if (of.type === "instant" && details[of.name]) details[of.name] = near(timeOf(details[of.name]), times);
  return { details, odd: disorder(details, kind) ?? oddIn(kind.fields, details) };
}

/** @param {Record<string, any>} details @param {any} kind @returns {Node | null} */
function disorder(details, kind) {
  for (const names of kind.orders) {
    const given = names.map((/** @type {string} */ name) => kind.fields.find((/** @type {any} */ of) => of.name === name)).filter((/** @type {any} */ of) => details[of.name] !== undefined);
    for (const [n, of] of given.entries()) if (n && details[of.name] < details[given[n - 1].name]) return rich("fields.order", { before: labelOf(given[n - 1]), after: labelOf(of) });
  }
  return null;
}

/** @param {any[]} fields @param {Record<string, any>} values @returns {Node | null} */
function oddIn(fields, values) {
  const range = outside(fields, values);
  if (range) return range;
  for (const of of fields) {
    const value = values[of.name];
    if (of.type === "items") for (const row of value ?? []) {
      const empty = of.fields.filter((/** @type {any} */ column) => column.required && row[column.name] === undefined);
      if (empty.length) return rich("what.missing", { names: `${labelOf(of)} ${value.indexOf(row) + 1} ${empty.map(labelOf).join("・")}` });
      const odd = oddIn(of.fields, row);
      if (odd) return odd;
    }
    if (typeof value !== "number") continue;
    const parts = value / (of.step ?? 1);
    if (Math.abs(parts - Math.round(parts)) > 1e-6) return rich(of.step ? "fields.step" : "fields.whole", { name: labelOf(of), n: String(of.step).length - 2 });
  }
  return null;
}
