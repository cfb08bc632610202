// @ts-check
// What waits to be sent. It never expires, goes in order, one sender at a time among all tabs, and leaves the phone only
// after the server's copy was read back and found equal. Whatever is interrupted is done again: ids are made before. Each is
// sent as the person who wrote it and as nobody else, though another one signs in half-way.

import { ask, get, NotNow, Refused, SignedOut } from "./api.js";
import { doubtsOf, keptReport } from "./known.js";
import { byIds } from "./photos.js";
import { practising } from "./practice.js";
import * as store from "./store.js";
import { alone, changed } from "./tabs.js";
import { drop, sendPhoto } from "./uploads.js";
import { same } from "./same.js";

const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 300_000;

/**
 * One thing that waits. `kind`: a new "report"; "join", one took part in an event as planned; "fix", a returned report put
 * right. `body` is what is sent; for a fix only what changed, from `version` on, and `patched` the version it made; `left`
 * the pictures that are left out.
 * @typedef {{id: string, member_id: string, kind: "report" | "join" | "fix", made_at: number, label: string, day: string,
 *   body: any, event_id?: string, version?: number, patched?: number, photo_ids: string[], sent: boolean,
 *   problem: any, left?: string[]}} Item
 */

/** Where sending stands, for those who look. @type {{busy: boolean, why: "" | "offline" | "later" | "signed-out", next_at: number}} */
export const standing = { busy: false, why: "", next_at: 0 };

let failures = 0;
let timer = 0;
let again = false;

/** What waits of the person who is signed in, oldest first. @returns {Promise<Item[]>} */
export async function waiting() {
  const [items, owner] = [await store.all("queue"), await store.kept("owner")];
  return items.filter((item) => item.member_id === owner).sort((a, b) => a.made_at - b.made_at);
}

/** Queue it and take the draft away, both or neither; then try. @param {Item} item @param {string} [draft] its name */
export async function enqueue(item, draft) {
  await store.write((change) => {
    change.put("queue", item.id, item);
    if (draft) change.drop("kept", draft);
  });
  navigator.storage?.persist?.().catch(() => undefined);
  changed();
  void send();
}

/** Take it out again, to be changed or thrown away; not while it is being sent. What it becomes is kept with that, both or neither. @param {string} id @param {boolean} withPhotos @param {Parameters<typeof store.write>[0]} [also] */
export function takeOut(id, withPhotos, also) {
  return alone("sender", async () => {
    /** @type {Item | undefined} */
    const item = await store.read("queue", id);
    if (!item) return undefined;
    await store.write((change) => {
      change.drop("queue", id);
      if (withPhotos) for (const photo of item.photo_ids) change.drop("photos", photo);
      also?.(change);
    });
    changed();
    return item;
  });
}

/** Send again what was refused, without some of its pictures. @param {string} id @param {string[]} [without] */
export async function sendAgain(id, without = []) {
  await store.write((change) => {
    change.edit("queue", id, (item) => ({ ...item, problem: null, left: [...item.left ?? [], ...without], photo_ids: item.photo_ids.filter((/** @type {string} */ one) => !without.includes(one)) }));
    for (const photo of without) change.drop("photos", photo);
  });
  return send();
}

/** Send what waits, now. Called at every start, when the network is back, when the app is shown, and by the button. */
export async function send() {
  clearTimeout(timer);
  if (standing.busy) {
    again = true;
    return;
  }
  Object.assign(standing, { busy: true, why: "", next_at: 0 });
  changed();
  let wait = 0;
  try {
    do {
      again = false;
      wait = await alone("sender", round);
    } while (again);
  } finally {
    standing.busy = false;
    if (wait > 0) {
      standing.next_at = Date.now() + wait;
      timer = setTimeout(send, wait);
    }
    changed();
  }
}

/** One after the other. @returns {Promise<number>} after how many milliseconds to try again; 0 when there is no need */
async function round() {
  standing.why = "";
  /** @type {NotNow | null} */
  let failure = null;
  for (const item of await waiting()) {
    if (item.problem) continue;
    try {
      await sendOne(item);
      failures = 0;
    } catch (error) {
      if (error instanceof SignedOut) {
        standing.why = "signed-out";
        return 0;
      }
      failure = error instanceof NotNow ? error : new NotNow("a fault of ours", { answered: true });
      if (failure !== error) reportError(error);
      if (!failure.answered) break; // the network is away for all; else one bad report must not hold up the others
    }
    changed();
  }
  if (!failure) return 0;
  standing.why = failure.answered ? "later" : "offline";
  failures += 1;
  // By chance, so that a thousand phones that lost one mast do not come back in the same second.
  const most = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
  return Math.max(failure.wait, most * (0.5 + Math.random() / 2));
}

/** One, as far as it goes. A refusal is kept with it until the person looks at it. @param {Item} item */
async function sendOne(item) {
  if (practising) return letGo(item, { state: "in_review", awaiting: null }, (change) => change.put("known", `reports/${item.id}`, { id: item.id, event_id: item.event_id ?? item.body.event_id ?? null, started_at: item.body.started_at ?? "", state: "in_review", mine: true, within: true }));
  try {
    if (!item.sent) await STEPS[item.kind](item);
    await note(item, { sent: true });
    await sendPhotos(item);
    await readBack(item);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await note(item, { problem: error.problem });
  }
}

/** @param {Item} item @param {Partial<Item>} what */
async function note(item, what) {
  Object.assign(item, what);
  await store.write((change) => change.edit("queue", item.id, (kept) => ({ ...kept, ...what })));
}

const STEPS = {
  /** @param {Item} item */
  report: (item) => ask("POST", "/activity-reports", { body: item.body, of: item.member_id }),
  /** @param {Item} item */
  join: (item) => ask("POST", `/events/${item.event_id}/took-part`, { body: item.body, of: item.member_id }),
  /** @param {Item} item */
  fix: async (item) => {
    const path = `/activity-reports/${item.id}`;
    if (item.patched === undefined) {
      const edited = Object.keys(item.body).length
        ? (await ask("PATCH", path, { body: item.body, headers: { "If-Match": `"${item.version}"` }, of: item.member_id })).data.version
        : item.version;
      await note(item, { patched: edited });
    }
    return ask("POST", `${path}/submit`, { body: {}, headers: { "If-Match": `"${item.patched}"` }, of: item.member_id });
  },
};

/** All that go; a refused one holds up neither the others nor the report. @param {Item} item */
async function sendPhotos(item) {
  let refusal = null;
  for (const id of item.left ?? []) await drop(`/attachments/${id}`, item.member_id); // else its leaders wait for it
  for (const photo of await byIds(item.photo_ids)) {
    try {
      await sendPhoto(photo);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refusal = error;
      await store.write((change) => change.edit("photos", photo.id, (kept) => ({ ...kept, refused: error.problem.detail })));
    }
  }
  if (refusal) throw refusal;
}

/** Only what the server has, pictures included, leaves the phone. @param {Item} item */
async function readBack(item) {
  const there = await get(`/activity-reports/${item.id}`, item.member_id);
  const { submit, id, ...said } = item.body;
  const differing = Object.keys(said).filter((name) => said[name] != null && !same(there[name], said[name]));
  if (item.event_id && there.event_id !== item.event_id) differing.push("event_id");
  if (["draft", "returned"].includes(there.state) && there.version <= (item.patched ?? 0)) differing.push("state");
  const arrived = new Map(there.attachments.map((/** @type {any} */ picture) => [picture.id, picture.sha256]));
  for (const photo of await byIds(item.photo_ids)) {
    if (!arrived.has(photo.id)) {
      await store.write((change) => change.edit("photos", photo.id, (kept) => ({ ...kept, sent: false, upload: null })));
      throw new NotNow("a picture is missing", { answered: true });
    }
    if (photo.sha256 && arrived.get(photo.id) !== photo.sha256) differing.push("photos");
  }
  if (differing.length) throw new Refused({ code: "differs", status: 200, detail: "", fields: differing });
  await letGo(item, there, (change) => keptReport(change, there, item.member_id));
}

/** It leaves the queue with its pictures; what became of it is known. @param {Item} item @param {any} there @param {(change: import("./known.js").Change) => void} known */
function letGo(item, there, known) {
  return store.write((change) => {
    change.drop("queue", item.id);
    for (const photo of item.photo_ids) change.drop("photos", photo);
    known(change);
    change.put("kept", "last", { id: item.id, at: Date.now(), awaiting: there.awaiting, state: there.state, month: there.month, doubts: doubtsOf(there) });
  });
}
