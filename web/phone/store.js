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
const STORES = ["kept", "queue", "photos", "known"];

/** @typedef {"kept" | "queue" | "photos" | "known"} Place */

/** This device is not signed in, or no longer as the person for whom something is done. What waits stays. */
export class SignedOut extends Error {}

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

/** @returns {Promise<IDBDatabase>} */
function database() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => upgrade(asked.result);
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

/** @template T @param {IDBRequest<T>} asked @returns {Promise<T>} */
const answered = (asked) => new Promise((resolve, reject) => {
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

/** One value, or undefined. @param {Place} place @param {string} key @returns {Promise<any>} */
export async function read(place, key) {
  return answered((await database()).transaction(place).objectStore(place).get(key));
}

/** All values, those of keys with a beginning if one is given. @param {Place} place @param {string} [beginning] @returns {Promise<any[]>} */
export async function all(place, beginning) {
  const range = beginning ? IDBKeyRange.bound(beginning, `${beginning}\uffff`) : undefined;
  return answered((await database()).transaction(place).objectStore(place).getAll(range));
}

/**
 * All of it or nothing. The work is done at once; it may not wait for anything. With an `owner` only while that person is
 * signed in here, else SignedOut: what was asked for them may be answered when somebody else has the phone. What `edit` makes
 * nothing of goes.
 * @param {(change: {put: (place: Place, key: string, value: any) => void, drop: (place: Place, key: string) => void,
 *   clear: (place: Place) => void, edit: (place: Place, key: string, how: (value: any) => any) => void}) => void} work
 * @param {string} [owner] @returns {Promise<void>}
 */
export async function write(work, owner) {
  const transaction = (await database()).transaction(STORES, "readwrite", { durability: "strict" });
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(undefined);
    transaction.onabort = () => reject(transaction.error ?? new Error("the store gave up"));
  });
  const at = (/** @type {Place} */ place) => transaction.objectStore(place);
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
        if (gone) transaction.abort();
        else begin();
      };
    }
  } catch (error) { // nothing of it, then
    done.catch(() => undefined);
    transaction.abort();
    throw error;
  }
  await done.catch((error) => { throw gone ? new SignedOut() : error; });
}

/** Remember one thing. @param {string} name @param {any} value */
export const keep = (name, value) => write((change) => change.put("kept", name, value));

/** @param {string} name @returns {Promise<any>} */
export const kept = (name) => read("kept", name);
