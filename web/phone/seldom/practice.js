// @ts-check
// What there is to do in practice: a drill of today, and a report that came back. Kinds of activity and names of the squad are
// the real ones, as this phone has them; everything else is made up, anew at every start.

import { dayOf, instant, minutesOf, now } from "../clock.js";
import { newId } from "../ids.js";
import { END } from "../practice.js";
import * as store from "../store.js";
import { t } from "../words.js";

const HOUR = 3600_000;
const NEVER = 8.64e15; // the last instant there is

/** Fills the store of practice. @returns {Promise<boolean>} false where nobody is signed in, so there is nothing to practise with */
export async function begin() {
  const { me, settings, lists } = await real();
  if (!me) {
    location.replace(END);
    return false;
  }
  const [start, back] = [onTheHour(now() - 3 * HOUR), onTheHour(now() - 27 * HOUR)];
  const [event, report] = [newId(), newId()];
  const drill = { kind: "T-01", place: t("place.usual"), details: { drill_type: "pump" }, order_by: null };
  await store.write((change) => {
    for (const place of /** @type {const} */ (["kept", "queue", "photos", "known"])) change.clear(place);
    for (const [key, value] of lists) change.put("known", key, value);
    for (const [name, value] of Object.entries({ me: { ...me, posts: [] }, owner: me.member.id, settings, tokens: { access: "", refresh: "", until: NEVER }, synced_at: now(), push: { off: true } })) change.put("kept", name, value);
    change.put("known", `events/${event}`, { ...drill, id: event, title: t("practice.drill"), started_at: start, ended_at: later(start), note: "", state: "planned" });
    change.put("known", `reports/${report}`, {
      ...drill, id: report, version: 1, kind_label: t("practice.drill"), event_id: null, started_at: back, ended_at: later(back), summary: "", state: "returned", mine: true, within: true,
      participants: [{ member_id: me.member.id, role: "member" }], vehicle_ids: [], attachment_ids: [],
    });
    change.put("known", `remarks/${report}`, { version: 1, comment: t("practice.why"), remarks: [{ pointer: "/ended_at", reason: "times-impossible", text: "" }], by: "" });
  });
  /** @type {HTMLElement} */ (document.getElementById("app")).dataset.practice = t("practice.mark");
  return true;
}

/** @param {number} at @returns {string} */
const onTheHour = (at) => instant(dayOf(at), Math.floor(minutesOf(dayOf(at), at) / 60) * 60);

/** @param {string} start two hours before */
const later = (start) => instant(dayOf(start), minutesOf(dayOf(start), start) + 120);

/** What the phone has of the person who is really signed in. @returns {Promise<{me: any, settings: any, lists: [string, any][]}>} */
function real() {
  return new Promise((resolve) => {
    const asked = indexedDB.open(store.REAL);
    asked.onupgradeneeded = () => { asked.transaction?.abort(); }; // there is none: nobody ever signed in
    asked.onerror = (event) => {
      event.preventDefault();
      resolve({ me: null, settings: {}, lists: [] });
    };
    asked.onsuccess = () => {
      const reading = asked.result.transaction(["kept", "known"]);
      const [kept, known] = [reading.objectStore("kept"), reading.objectStore("known")];
      const beginning = IDBKeyRange.bound("lists/", "lists/\uffff");
      const found = { me: kept.get("me"), settings: kept.get("settings"), keys: known.getAllKeys(beginning), values: known.getAll(beginning) };
      reading.oncomplete = () => {
        asked.result.close();
        resolve({ me: found.me.result, settings: found.settings.result ?? {}, lists: found.keys.result.map((key, place) => [String(key), found.values.result[place]]) });
      };
    };
  });
}
