// @ts-check
// What a kind of activity asks for beyond what all do: its fields, and what their values say against each other.

import { choice, field } from "./controls.js";
import { h } from "./dom.js";
import { kindOf, outside } from "./known.js";
import { labelOf, rich } from "./words.js";

/** A field that a kind of activity has; some come with a program of their own. @param {any} of @param {any} value @param {(value: any) => void} change @param {() => {started_at: string, ended_at: string}} around the report's times */
export function detail(of, value, change, around) {
  const label = h("span", {}, labelOf(of), of.unit ? `（${of.units?.[document.documentElement.lang] ?? of.unit}）` : "", of.required ? h("em", { class: "must" }, rich("must")) : null);
  if (of.type === "choice" || of.type === "choices") {
    const several = of.type === "choices";
    const options = of.options.map((/** @type {any} */ one) => ({ value: String(one.value), label: labelOf(one) })); // some are numbers
    const chosen = [value ?? []].flat().map(String);
    const take = (/** @type {string[]} */ now) => {
      const said = of.options.map((/** @type {any} */ one) => one.value).filter((/** @type {any} */ one) => now.includes(String(one)));
      change(several && said.length ? said : said[0]);
    };
    return choice({ legend: label, options, chosen, several, name: of.name, kind: "chips", change: take });
  }
  if (of.type === "boolean") return choice({ legend: label, options: [{ value: "yes", label: rich("yes") }, { value: "no", label: rich("no") }], chosen: value === undefined ? [] : [value ? "yes" : "no"], name: of.name, kind: "chips", change: ([one]) => change(one === "yes") });
  if (of.type === "text") {
    const input = of.multiline ? h("textarea", { rows: "3", maxlength: of.max_length }) : h("input", { type: "text", maxlength: of.max_length });
    input.value = value ?? "";
    input.addEventListener("input", () => change(input.value.trim() || undefined));
    return field(label, input);
  }
  if (["instant", "date", "items"].includes(of.type)) {
    const place = h("div", {});
    import("./after/fields.js").then((its) => its.drawn(of, label, value, change, around, detail)).then((its) => place.append(its), () => undefined);
    return place;
  }
  const input = h("input", { name: of.name, type: "number", inputmode: of.type === "integer" ? "numeric" : "decimal", min: of.min, max: of.max, step: of.step ?? 1, value: value ?? "" });
  input.addEventListener("input", () => change(input.value === "" ? undefined : Number(input.value)));
  return field(label, input);
}

/**
 * Its details, times of day on the day it has now; and `odd`, what the server would not take of them, in words.
 * @param {{kind: string, details: Record<string, any>}} what @param {{started_at: string, ended_at: string}} times @returns {Promise<{details: Record<string, any>, odd: Node | null}>}
 */
export async function looked({ kind, details }, times) {
  const its = await kindOf(kind);
  return import("./after/fields.js").then((program) => program.looked(details, its, times)).catch(() => ({ details, odd: outside(its?.fields ?? [], details) }));
}
