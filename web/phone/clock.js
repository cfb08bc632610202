// @ts-check
// What time it is, and days as Tokyo has them. A phone's clock may be wrong by years and its zone anywhere: each answer
// of the server says what time it is there, and the difference is remembered.

const TOKYO = 9 * 3600_000;
const MINUTE = 60_000;
const TRUSTED = 2 * MINUTE;

let ahead = 0;

/** Milliseconds by which the server's clock is ahead of the phone's; small differences are none. @returns {number} */
export const difference = () => ahead;

/** @param {number} milliseconds */
export function setDifference(milliseconds) {
  ahead = Math.abs(milliseconds) < TRUSTED ? 0 : milliseconds;
}

/** Now, as the server sees it. @returns {number} milliseconds */
export const now = () => Date.now() + ahead;

/** @param {number | string} at @returns {Date} whose UTC parts are Tokyo's */
const inTokyo = (at) => new Date((typeof at === "string" ? Date.parse(at) : at) + TOKYO);

/** The day, as "2026-11-28". @param {number | string} at */
export const dayOf = (at) => inTokyo(at).toISOString().slice(0, 10);

/** "9:00" @param {number | string} at */
export const timeOf = (at) => inTokyo(at).toISOString().slice(11, 16).replace(/^0/, "");

/** Minutes from the day's begin. @param {string} day @param {number | string} at */
export const minutesOf = (day, at) => Math.round(((typeof at === "string" ? Date.parse(at) : at) - Date.parse(`${day}T00:00:00+09:00`)) / MINUTE);

/** The instant so many minutes after the day's begin, as the API takes it. @param {string} day @param {number} minutes */
export function instant(day, minutes) {
  const at = inTokyo(Date.parse(`${day}T00:00:00+09:00`) + minutes * MINUTE);
  return `${at.toISOString().slice(0, 19)}+09:00`;
}

/** Another day. @param {string} day @param {number} days */
export const addDays = (day, days) => new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** Another month, "2026-11". @param {string} month @param {number} months */
export function addMonths(month, months) {
  const [year, number] = month.split("-").map(Number);
  const at = new Date(Date.UTC(year, number - 1 + months, 1));
  return at.toISOString().slice(0, 7);
}

/** 0 for a Sunday. @param {string} day */
export const weekdayOf = (day) => new Date(`${day}T00:00:00Z`).getUTCDay();
