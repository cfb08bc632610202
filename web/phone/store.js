// @ts-check
// What the phone keeps, in IndexedDB. Every change is one transaction, over when the disk has it.
//
//   kept    small things by name: tokens, me, settings, cursor, draft …
//   queue   what waits to be sent, by the report's id
//   photos  pictures of drafts and of what waits, by their id
//   known   what the server told and the screens need without a network, by "reports/ID", "events/ID", "lists/ADDRESS"

import { practising } from "./practice.js";

export const REAL = "brigade-phone";
const NAME = practising ? "brigade-practice" : REAL;
const VERSION = 1;
const STORES = /** @type {Place[]} */ (["kept", "queue", "photos", "known"]);

/** @typedef {"kept" | "queue" | "photos" | "known"} Place */

/** This device is not signed in, or no longer as the person for whom something is done. What waits stays. */
export class SignedOut extends Error {}

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

/** Transactions that are not over. @type {Set<IDBTransaction>} */
const running = new Set();
let [left, cut] = [false, false];

// Safari keeps a page that is left, to be gone back to, together with what it had begun here: nothing could be written until
// that page was forgotten. So it is given up, all of it or nothing as ever, and a page that is gone back to starts anew.
addEventListener("pagehide", (event) => {
  left = event.persisted;
  for (const one of left ? running : []) {
    cut = true;
    try { one.abort(); } catch { /* it is over, and nobody has been told yet */ }
  }
});
addEventListener("pageshow", () => {
  left = false;
  if (cut) location.reload();
});

/** Until it is over. @template {IDBTransaction} T @param {T} one @returns {T} */
function begun(one) {
  running.add(one);
  for (const end of ["complete", "abort"]) one.addEventListener(end, () => running.delete(one));
  return one;
}

/** @returns {Promise<IDBDatabase>} */
function database() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => { upgrade(asked.result); begun(/** @type {IDBTransaction} */ (asked.transaction)); };
    asked.onsuccess = () => {
      const db = asked.result;
      db.onversionchange = () => close(db); // a newer version of the app waits in another tab
      db.onclose = () => { opening = null; };
      resolve(db);
    };
    asked.onerror = () => reject(asked.error);
  });
  opening.catch(() => { opening = null; });
  return opening;
}

/** From any older version to this one; what is there stays. @param {IDBDatabase} db */
function upgrade(db) {
  for (const name of STORES) if (!db.objectStoreNames.contains(name)) db.createObjectStore(name);
}

/** @param {IDBDatabase} db */
function close(db) {
  db.close();
  opening = null;
}

/** A new one. An iPhone ends the connection of an app that was in the background, and may say so only here. @param {Place | Place[]} places @param {IDBTransactionMode} [mode] */
async function transaction(places, mode) {
  const begin = async () => {
    const db = await database();
    if (left) await new Promise(() => { cut = true; }); // what went on in the moment of leaving waits for ever
    return begun(db.transaction(places, mode, { durability: "strict" }));
  };
  return begin().catch(() => {
    opening = null;
    return begin();
  });
}

/** @template T @param {IDBRequest<T>} asked @returns {Promise<T>} */
const answered = (asked) => new Promise((resolve, reject) => {
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

/** One value, or undefined. @param {Place} place @param {string} key @returns {Promise<any>} */
export async function read(place, key) {
  return answered((await transaction(place)).objectStore(place).get(key));
}

/** All values, those of keys with a beginning if one is given. @param {Place} place @param {string} [beginning] @returns {Promise<any[]>} */
export async function all(place, beginning) {
  const range = beginning ? IDBKeyRange.bound(beginning, `${beginning}\uffff`) : undefined;
  return answered((await transaction(place)).objectStore(place).getAll(range));
}

/**
 * All of it or nothing. The work is done at once; it may not wait for anything. With an `owner` only while that person is
 * signed in here, else SignedOut: what was asked for them may be answered when somebody else has the phone. What `edit` makes
 * nothing of goes.
 * @param {(change: {put: (place: Place, key: string, value: any) => void, drop: (place: Place, key: string | IDBKeyRange) => void,
 *   clear: (place: Place) => void, edit: (place: Place, key: string, how: (value: any) => any) => void}) => void} work
 * @param {string} [owner] @returns {Promise<void>}
 */
export async function write(work, owner) {
  const whole = await transaction(STORES, "readwrite");
  const done = new Promise((resolve, reject) => {
    whole.oncomplete = () => resolve(undefined);
    whole.onabort = () => reject(whole.error ?? new Error("the store gave up"));
  });
  const at = (/** @type {Place} */ place) => whole.objectStore(place);
  let gone = false;
  const begin = () => {
    work({
      put: (place, key, value) => { at(place).put(value, key); },
      drop: (place, key) => { at(place).delete(key); },
      clear: (place) => { at(place).clear(); },
      edit: (place, key, how) => {
        const asked = at(place).get(key);
        asked.onsuccess = () => {
          const now = asked.result === undefined ? undefined : how(asked.result);
          if (now === undefined) at(place).delete(key);
          else at(place).put(now, key);
        };
      },
    });
  };
  try {
    if (!owner) begin();
    else {
      const [tokens, who] = ["tokens", "owner"].map((name) => at("kept").get(name));
      who.onsuccess = () => {
        gone = !tokens.result || who.result !== owner;
        if (gone) whole.abort();
        else begin();
      };
    }
  } catch (error) { // nothing of it, then
    done.catch(() => undefined);
    whole.abort();
    throw error;
  }
  await done.catch((error) => { throw gone ? new SignedOut() : error; });
}

/** Remember one thing. @param {string} name @param {any} value */
export const keep = (name, value) => write((change) => change.put("kept", name, value));

/** @param {string} name @returns {Promise<any>} */
export const kept = (name) => read("kept", name);

/** Under which name the begun correction of a returned report is kept; without `id` what those names of a person begin with. @param {string} memberId @param {string} [id] */
export const fixingOf = (memberId, id = "") => `fixing/${memberId}/${id}`;
