// @ts-check
// How this person wants it on this phone: language, readings, size of text.

import * as store from "./store.js";
import { changed } from "./tabs.js";
import { load } from "./words.js";

export const SIZES = [100, 125, 150, 200];

/** @typedef {{lang: string, furigana: boolean, size: number}} Settings */

/** @returns {Promise<Settings>} */
export async function settings() {
  const lang = navigator.language.startsWith("ja") ? "ja" : "en";
  return { lang, furigana: true, size: 100, ...(await store.kept("settings")) };
}

/** @param {Partial<Settings>} what */
export async function change(what) {
  await store.keep("settings", { ...(await settings()), ...what });
  await apply();
  changed();
}

/** As chosen, from now on. */
export async function apply() {
  const { lang, furigana, size } = await settings();
  document.documentElement.dataset.size = String(size);
  await load(lang, furigana);
}
