// @ts-check
// What screens are made of: messages, big buttons, choices, times by steps, people, pictures.

import { calendar } from "./calendar.js";
import { addDays, dayOf, now } from "./clock.js";
import { h, icon } from "./dom.js";
import * as photos from "./photos.js";
import { duration, named, personName, rich, shortDay, t } from "./words.js";

const STEP = 15; // minutes
const DAY = 24 * 60;
export const LONG = 12 * 60; // minutes

/** @param {string} key @param {Record<string, string | number>} [values] */
export const say = (key, values) => h("p", {}, rich(key, values));

/** A message that is read out at once. @param {(Node | string)[]} content */
export const problem = (...content) => h("div", { class: "note bad", role: "alert", tabindex: "-1" }, icon("alert"), h("div", {}, ...content));

/** Such a message in its place, with the focus. @param {Element} place @param {(Node | string)[]} content */
export function complain(place, ...content) {
  const told = problem(...content);
  place.replaceChildren(told);
  told.focus();
}

/** @param {unknown} error */
const isFull = (error) => error instanceof DOMException && error.name === "QuotaExceededError";

/** The button that does what the screen is for. What goes wrong is said above it. @param {string} key @param {() => unknown} work @param {string} [kind] @param {Parameters<typeof icon>[0]} [sign] @param {Record<string, string | number>} [values] */
export function action(key, work, kind = "main", sign, values) {
  let busy = false;
  const press = async () => {
    if (busy) return;
    busy = true;
    made.setAttribute("aria-busy", "true");
    if (made.previousElementSibling?.matches(".fault")) made.previousElementSibling.remove();
    try {
      await work();
    } catch (error) {
      const full = isFull(error);
      if (!full) reportError(error);
      const told = problem(say(full ? "photos.full" : "error.ours"));
      told.classList.add("fault");
      made.before(told);
      told.focus();
    } finally {
      busy = false;
      made.removeAttribute("aria-busy");
    }
  };
  const made = h("button", { type: "button", class: `button ${kind}`, id: `do-${key}`, onclick: press, ...named(key, values) }, sign ? icon(sign) : null, h("span", {}, rich(key, values)));
  return made;
}

/** A link that looks like a button. @param {string} key @param {string} where @param {string} [kind] @param {Parameters<typeof icon>[0]} [sign] */
export const way = (key, where, kind = "second", sign) => h("a", { class: `button ${kind}`, id: `to-${where}`, href: `#/${where}`, ...named(key) }, sign ? icon(sign) : null, h("span", {}, rich(key)));

let fields = 0;

/** A labelled field with its hint. @param {Node | string} label @param {HTMLElement} input @param {Node | string | null} [hint] */
export function field(label, input, hint = null) {
  input.id ||= `field-${++fields}`;
  if (hint) input.setAttribute("aria-describedby", `${input.id}-hint`);
  return h("div", { class: "field" }, h("label", { for: input.id }, label), hint ? h("p", { class: "hint", id: `${input.id}-hint` }, hint) : null, input);
}

/**
 * One of some, or several, as rows to press.
 * @param {{legend: Node | string, options: {value: string, label: Node | string}[], chosen: string[], several?: boolean,
 *   change: (chosen: string[]) => void, name: string, kind?: string}} said
 */
export function choice({ legend, options, chosen, several = false, change, name, kind = "rows" }) {
  const boxes = options.map(({ value, label }) => {
    const input = h("input", { type: several ? "checkbox" : "radio", id: `${name}-${value}`, name, value, checked: chosen.includes(value) });
    input.addEventListener("change", () => change(boxes.map((box) => box.input).filter((box) => box.checked).map((box) => box.value)));
    return { input, row: h("label", { class: "choice" }, input, h("span", {}, label)) };
  });
  return h("fieldset", { class: `choices ${kind}` }, h("legend", {}, legend), ...boxes.map((box) => box.row));
}

/** A password that can be looked at. @param {string} autocomplete @param {string} label @param {Node | null} [hint] @param {string} [id] */
export function passwordField(autocomplete, label, hint = null, id = "password") {
  const input = h("input", { type: "password", autocomplete, required: true, id });
  const look = h("input", { type: "checkbox", id: `show-${id}` });
  look.addEventListener("change", () => { input.type = look.checked ? "text" : "password"; });
  return { input, row: h("div", {}, field(rich(label), input, hint), h("label", { class: "choice small" }, look, h("span", {}, rich("signin.look")))) };
}

/** @typedef {{day: string, start: number, end: number}} Span minutes from the day's begin; an end after midnight is over 1440 */

/**
 * From when to when. `before` are the old values, shown beside; `open` the ends that can be changed.
 * @param {Span} span @param {() => void} change @param {{start?: string, end?: string}} [before] @param {("start" | "end")[]} [open]
 */
export function times(span, change, before = {}, open = ["start", "end"]) {
  const length = h("p", { class: "length", role: "status" });
  const set = (/** @type {"start" | "end"} */ which, /** @type {number} */ minutes) => {
    span[which] = (minutes + DAY) % DAY;
    if (span.end % DAY <= span.start) span.end = (span.end % DAY) + DAY;
    else span.end %= DAY;
    show();
    change();
  };
  const rows = { start: clock("start", set, before.start), end: clock("end", set, before.end) };
  const show = () => {
    rows.start.show(span.start);
    rows.end.show(span.end % DAY);
    const minutes = span.end - span.start;
    const key = minutes > LONG ? "time.long" : span.end >= DAY ? "time.nextDay" : "time.length";
    length.className = minutes > LONG ? "length warn" : "length";
    length.replaceChildren(rich(key, { length: duration(minutes) }));
  };
  show();
  return h("div", { class: "times" }, open.map((which) => rows[which].row), length);
}

/** One time: hour and minute to choose, and fifteen minutes less or more. @param {"start" | "end"} which @param {(which: "start" | "end", minutes: number) => void} set @param {string} [before] */
function clock(which, set, before) {
  const label = t(`time.${which}`);
  const hour = h("select", { id: `${which}-hour`, "aria-label": t("time.hourOf", { label }) }, numbers(24, 1, "time.hour"));
  const minute = h("select", { id: `${which}-minute`, "aria-label": t("time.minuteOf", { label }) }, numbers(60, 5, "time.minute"));
  const read = () => Number(hour.value) * 60 + Number(minute.value);
  for (const select of [hour, minute]) select.addEventListener("change", () => set(which, read()));
  const step = (/** @type {number} */ by) => h("button", { type: "button", class: "step", id: `${which}${by}`, "aria-label": t(by < 0 ? "time.lessOf" : "time.moreOf", { label }), onclick: () => set(which, read() + by) }, t(by < 0 ? "time.less" : "time.more"));
  const row = h("fieldset", { class: "clock" }, h("legend", {}, rich(`time.${which}`)),
    before ? h("p", { class: "before" }, rich("fix.before", { value: before })) : null,
    h("div", { class: "hands" }, hour, minute), h("div", { class: "steps" }, step(-STEP), step(STEP)));
  const show = (/** @type {number} */ minutes) => {
    const odd = String(minutes % 60);
    if (![...minute.options].some((option) => option.value === odd)) minute.append(h("option", { value: odd }, t("time.minute", { n: odd.padStart(2, "0") })));
    hour.value = String(Math.floor(minutes / 60));
    minute.value = odd;
  };
  return { row, show };
}

/** @param {number} end @param {number} step @param {string} key */
const numbers = (end, step, key) => Array.from({ length: end / step }, (_, place) => place * step)
  .map((n) => h("option", { value: n }, t(key, { n: key === "time.minute" ? String(n).padStart(2, "0") : n })));

/** Which day: today, yesterday, or another one of the calendar. @param {Span} span @param {() => void} change */
export function whichDay(span, change) {
  const today = dayOf(now());
  const yesterday = addDays(today, -1);
  const place = h("div", {});
  let month = span.day.slice(0, 7);
  const pick = (/** @type {string} */ day) => { span.day = day; show(); change(); };
  const open = () => place.replaceChildren(calendar({
    month, marks: new Map(), chosen: span.day, last: today, pick, turn: (other) => { month = other; open(); document.getElementById("month-before")?.focus(); },
  }));
  const tiles = [today, yesterday, ""].map((day, n) => h("button", {
    type: "button", class: "tile", id: `day-${n}`, onclick: () => (day ? (place.replaceChildren(), pick(day)) : open()),
  }));
  const show = () => tiles.forEach((tile, n) => {
    const day = [today, yesterday, [today, yesterday].includes(span.day) ? "" : span.day][n];
    tile.setAttribute("aria-pressed", String(day === span.day));
    tile.replaceChildren(h("b", {}, rich(["day.today", "day.yesterday", "day.other"][n])), h("span", {}, day ? shortDay(day) : "…"));
  });
  show();
  return h("div", { class: "which-day" }, h("div", { class: "tiles three" }, tiles), place);
}

/** Who was there. @param {{id: string, name: string, kana?: string}[]} people @param {string[]} chosen @param {string} meId @param {(chosen: string[]) => void} change */
export function whoWasThere(people, chosen, meId, change) {
  const options = people.map((one) => ({ value: one.id, label: h("span", {}, personName(one), one.id === meId ? h("small", {}, rich("who.me")) : null) }));
  const list = (/** @type {string[]} */ now) => choice({ legend: rich("who.legend"), options, chosen: now, several: true, change: take, name: "who" });
  const count = h("p", { class: "length", role: "status" });
  const take = (/** @type {string[]} */ now) => { count.replaceChildren(rich("who.count", { n: now.length })); change(now); };
  let shown = list(chosen);
  const all = h("button", { type: "button", class: "button second", id: "everyone", onclick: () => {
    const ids = people.map((one) => one.id);
    const other = list(ids);
    shown.replaceWith(other);
    shown = other;
    take(ids);
  } }, rich("who.all"));
  count.append(rich("who.count", { n: chosen.length }));
  return h("div", {}, people.length > 2 ? all : null, shown, count);
}

/**
 * Pictures of a draft: take, look, throw away. `ids` are changed as they come and go; `room` says for how many there is
 * a place. How many were not taken, and why, is said.
 * @param {{ids: string[], reportId: string, memberId: string, change: () => Promise<void>, drop: (id: string) => Promise<void>, room?: () => number}} said
 */
export function pictures({ ids, reportId, memberId, change, drop, room = () => photos.MOST - ids.length }) {
  const [strip, note] = [h("ul", { class: "strip" }), h("div", {})];
  const show = async () => {
    const found = await photos.byIds(ids);
    strip.replaceChildren(...found.map((photo, place) => thumb(photo, place, async () => { await drop(photo.id); await show(); })));
  };
  const input = h("input", { type: "file", accept: "image/*", multiple: true, class: "unseen", id: "photos" });
  input.addEventListener("change", async () => {
    note.replaceChildren();
    const files = [...(input.files ?? [])];
    const [some, why] = [files.slice(0, Math.max(0, room())), new Set(files.length > room() ? ["photos.most"] : [])];
    let taken = 0;
    for (const file of some) {
      try {
        ids.push((await photos.add(file, reportId, memberId)).id);
        await change();
        taken += 1;
      } catch (error) {
        why.add(isFull(error) ? "photos.full" : "photos.unreadable");
      }
    }
    if (why.size) note.replaceChildren(problem(files.length > 1 ? say("photos.taken", { all: files.length, n: taken }) : "", ...[...why].map((key) => say(key, { most: photos.MOST }))));
    input.value = "";
    await show();
  });
  void show();
  return h("div", { class: "pictures" }, h("label", { class: "button second", for: "photos" }, icon("camera"), h("span", {}, rich("photos.add"))), input, strip, note);
}

/** @param {photos.Photo} photo @param {number} place @param {() => void} drop */
function thumb(photo, place, drop) {
  const url = URL.createObjectURL(new Blob([photo.data], { type: "image/jpeg" }));
  const image = h("img", { src: url, alt: t("photos.one", { n: place + 1 }), onload: () => URL.revokeObjectURL(url) });
  return h("li", {}, image, h("button", { type: "button", class: "square", "aria-label": t("photos.drop", { n: place + 1 }), onclick: drop }, icon("cross")));
}
