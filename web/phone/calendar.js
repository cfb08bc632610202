// @ts-check
// A month as a grid of days.

import { addDays, addMonths, weekdayOf } from "./clock.js";
import { h, icon } from "./dom.js";
import { monthName, shortDay, t } from "./words.js";

/**
 * `marks`: what stands on a day, and how it is said. `pick` is called with a day; days after `last` cannot be picked.
 * @param {{month: string, marks: Map<string, {sign: Node | string, says: string}>, chosen?: string, last?: string,
 *   pick: (day: string) => void, turn: (month: string) => void}} said
 */
export function calendar({ month, marks, chosen, last, pick, turn }) {
  const first = `${month}-01`;
  const days = [];
  for (let day = first; day.slice(0, 7) === month; day = addDays(day, 1)) days.push(day);
  const cells = days.map((day) => cell(day, marks.get(day), chosen === day, last !== undefined && day > last, pick));
  const head = [0, 1, 2, 3, 4, 5, 6].map((n) => h("span", { class: `weekday d${n}`, "aria-hidden": "true" }, t(`weekday.${n}`).slice(0, 2)));
  return h("section", { class: "calendar", "aria-label": monthName(month) },
    h("div", { class: "turn" },
      h("button", { type: "button", class: "square", id: "month-before", "aria-label": t("month.before"), onclick: () => turn(addMonths(month, -1)) }, icon("back")),
      h("h2", {}, monthName(month)),
      h("button", { type: "button", class: "square", id: "month-after", "aria-label": t("month.after"), onclick: () => turn(addMonths(month, 1)) }, icon("next"))),
    h("div", { class: "days" }, head, Array.from({ length: weekdayOf(first) }, () => h("span", {})), cells));
}

/** @param {string} day @param {{sign: Node | string, says: string} | undefined} mark @param {boolean} chosen @param {boolean} closed @param {(day: string) => void} pick */
function cell(day, mark, chosen, closed, pick) {
  const number = String(Number(day.slice(8)));
  const says = [shortDay(day), mark?.says].filter(Boolean).join(" ");
  const inside = [h("span", { class: "number" }, number), mark ? h("span", { class: "sign", "aria-hidden": "true" }, mark.sign) : null];
  if (closed) return h("span", { class: "day closed" }, inside);
  return h("button", { type: "button", class: `day d${weekdayOf(day)}`, "aria-pressed": String(chosen), "aria-label": says, onclick: () => pick(day) }, inside);
}
