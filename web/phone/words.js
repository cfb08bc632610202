// @ts-check
// The words of the app in the language chosen, from words/ja.json and words/en.json. `｜漢字《かんじ》` carries a reading.

import { h } from "./dom.js";
import { addDays, dayOf, timeOf, weekdayOf } from "./clock.js";

const RUBY = /｜([^《]+)《([^》]+)》/g;

/** @type {Record<string, string>} */
let said = {};
let language = "ja";
let readings = true;

/** Parts of the app that bring words of their own, as far as they were opened. @type {Set<string>} */
const parts = new Set();

/** @param {string} lang @param {string} part a folder with its "/", or "" @returns {Promise<Record<string, string>>} */
const wordsOf = async (lang, part) => (await fetch(`/phone/${part}words/${lang}.json`)).json();

/** The words of a part of the app, too, from now on. @param {string} part "leader/" */
export async function more(part) {
  if (parts.has(part)) return;
  Object.assign(said, await wordsOf(language, part));
  parts.add(part);
}

/** @param {string} lang @param {boolean} furigana */
export async function load(lang, furigana) {
  said = Object.assign({}, ...(await Promise.all(["", ...parts].map((part) => wordsOf(lang, part)))));
  language = lang;
  readings = furigana;
  document.documentElement.lang = lang;
}

/** @returns {string} "ja" or "en" */
export const lang = () => language;

/** @param {string} key @param {Record<string, string | number>} values */
function filled(key, values) {
  const text = said[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Plain text, for names of controls and titles. @param {string} key @param {Record<string, string | number>} [values] */
export const t = (key, values = {}) => filled(key, values).replace(RUBY, "$1");

/** The same for the eye, with readings where they are wanted. @param {string} key @param {Record<string, string | number>} [values] @returns {Node} */
export function rich(key, values = {}) {
  return withReadings(filled(key, values));
}

/**
 * The attribute that names a control whose words carry readings: a browser may put blanks around those.
 * @param {string} key @param {Record<string, string | number>} [values] @returns {{"aria-label"?: string}}
 */
export const named = (key, values = {}) => (filled(key, values).includes("｜") ? { "aria-label": t(key, values) } : {});

/** @param {string} text @returns {Node} */
function withReadings(text) {
  const out = document.createDocumentFragment();
  let end = 0;
  for (const found of text.matchAll(RUBY)) {
    out.append(text.slice(end, found.index), ruby(found[1], found[2]));
    end = (found.index ?? 0) + found[0].length;
  }
  out.append(text.slice(end));
  return out;
}

/** @param {string} base @param {string} reading @returns {Node | string} */
function ruby(base, reading) {
  return readings ? h("ruby", {}, base, h("rt", { "aria-hidden": "true" }, reading)) : base;
}

/** A person's name with its reading, where one is known. @param {{name: string, kana?: string}} person @returns {Node} */
export function personName(person) {
  const out = document.createDocumentFragment();
  const [names, kana] = [person.name.split(/[ 　]/), (person.kana ?? "").split(/[ 　]/)];
  if (language !== "ja" || !person.kana || names.length !== kana.length) out.append(person.name);
  else names.forEach((name, place) => out.append(place ? " " : "", ruby(name, hiragana(kana[place]))));
  return out;
}

/** @param {string} kana */
const hiragana = (kana) => kana.replace(/[ァ-ヶ]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0x60));

/** "11月28日（土）" @param {string} day */
export function shortDay(day) {
  const [, month, date] = day.split("-").map(Number);
  return t("day.short", { month, date, monthName: t(`month.${month}`), weekday: t(`weekday.${weekdayOf(day)}`) });
}

/** "22:00–翌日 1:30" @param {{started_at: string, ended_at: string}} of */
export function fromTo({ started_at, ended_at }) {
  const [first, last, time] = [dayOf(started_at), dayOf(ended_at), timeOf(ended_at)];
  const until = first === last ? time : last === addDays(first, 1) ? t("time.untilNext", { time }) : `${shortDay(last)} ${time}`;
  return `${timeOf(started_at)}–${until}`;
}

/** "令和8年11月28日（土）" @param {string} day */
export function longDay(day) {
  return t("day.long", { year: yearName(day), day: shortDay(day) });
}

/** "令和8年11月" @param {string} month */
export function monthName(month) {
  return t("month.long", { year: yearName(month), month: Number(month.slice(5)), monthName: t(`month.${Number(month.slice(5))}`) });
}

/** @param {string} day */
function yearName(day) {
  const year = Number(day.slice(0, 4));
  return language === "ja" && year > 2018 ? `令和${year === 2019 ? "元" : year - 2018}年` : String(year);
}

/** "2時間15分" @param {number} minutes */
export function duration(minutes) {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (!hours) return t("duration.minutes", { minutes: rest });
  return rest ? t("duration.both", { hours, minutes: rest }) : t("duration.hours", { hours });
}

/** The value of a field in words. @param {any} of @param {any} value @returns {string} */
export function inWords(of, value) {
  if (Array.isArray(value)) return value.map((one) => inWords(of, one)).join(of.fields ? "\n" : "・");
  if (of.fields) return of.fields.map((/** @type {any} */ column) => (value[column.name] === undefined || column.type === "uuid" ? "" : inWords(column, value[column.name]))).join(" ").trim();
  if (of.type === "instant") return `${shortDay(dayOf(value))} ${timeOf(value)}`;
  if (of.type === "date") return longDay(value);
  const option = of.options?.find((/** @type {any} */ one) => one.value === value);
  return typeof value === "boolean" ? t(value ? "yes" : "no") : (option ? labelOf(option) : value) + (of.units?.[language] ?? of.unit ?? "");
}

/** The label of something the server has words in both languages for. @param {{label: string, labels?: Record<string, string>}} thing */
export const labelOf = (thing) => thing.labels?.[language] ?? thing.label;
