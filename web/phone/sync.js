// @ts-check
// Bringing what the phone keeps up to date: what changed, what is gone, and lists that change seldom.

import { get as got, Refused } from "./api.js";
import { keptReport, leads } from "./known.js";
import * as store from "./store.js";
import { alone, changed } from "./tabs.js";

/** For whom: all of it is asked and kept for one person, and ends where they are no longer the one who is signed in. */
let owner = "";

/** @param {string} path */
const get = (path) => got(path, owner);

/** @param {Parameters<typeof store.write>[0]} work */
const write = (work) => store.write(work, owner);

/** @param {string} name @param {any} value */
const keep = (name, value) => write((change) => change.put("kept", name, value));

/** Page after page, each stored together with its cursor: what was interrupted goes on where it was. */
export const sync = () => alone("sync", async () => {
  owner = await store.kept("owner");
  const me = await get("/me");
  await keep("me", me);
  let page = await nextPage();
  while (page.more) page = await nextPage();
  for (const reference of page.reference) await takeList(reference, me.unit?.id);
  const named = ["lists/", ...page.reference.map((/** @type {any} */ one) => `lists/${one.href}`).sort(), "lists/\uffff"];
  await write((change) => named.slice(1).forEach((next, at) => change.drop("known", IDBKeyRange.bound(named[at], next, true, true)))); // pages that begin elsewhere now
  await takeRemarks();
  await keep("unread", (await get("/notices/summary")).unread);
  if (globalThis.Notification?.permission === "granted" && !(await store.kept("push"))) await (await import("./seldom/push.js")).subscribe().catch(() => undefined);
  if (leads(me)) await keep("inbox", await get("/inbox/summary"));
  await keep("synced_at", Date.now());
  changed();
});

/** A cursor that the server does not know any more is thrown away. @returns {Promise<any>} */
async function nextPage() {
  const cursor = await store.kept("cursor");
  try {
    const page = await get(cursor ? `/sync?cursor=${encodeURIComponent(cursor)}` : "/sync");
    await take(page, page.reset ? [...(await store.all("known", "reports/")), ...(await store.all("known", "events/"))] : []);
    return page;
  } catch (error) {
    if (!(error instanceof Refused) || !cursor) throw error;
    await write((change) => change.drop("kept", "cursor"));
    return nextPage();
  }
}

/** @param {any} page @param {any[]} before what is forgotten first */
async function take(page, before) {
  await write((change) => {
    for (const one of before) {
      change.drop("known", `reports/${one.id}`);
      change.drop("known", `events/${one.id}`);
    }
    for (const kind of ["reports", "events"]) for (const id of page.gone[kind]) change.drop("known", `${kind}/${id}`);
    for (const report of page.reports) keptReport(change, report, owner);
    for (const { cancelled, ...event } of page.events) change.put("known", `events/${event.id}`, event);
    change.put("kept", "cursor", page.cursor);
  });
}

/** A list is fetched when its ETag is another one; of people only those of one's own unit, of them and of vehicles the names. @param {{href: string, etag: string}} reference @param {string | undefined} unitId */
async function takeList({ href, etag }, unitId) {
  const people = href.includes(`/units/${unitId}/members`);
  const vehicles = href.includes("/vehicles");
  if (!people && !vehicles && !href.endsWith("/activity-kinds")) return;
  const before = await store.read("known", `lists/${href}`);
  if (before?.etag === etag) return;
  const body = await get(href);
  const items = people ? body.items.map((/** @type {any} */ one) => ({ id: one.id, name: one.name, kana: one.kana })) : vehicles ? body.items.map((/** @type {any} */ one) => ({ id: one.id, name: one.name })) : body.items;
  const reasons = people || vehicles ? {} : { return_reasons: body.return_reasons };
  await write((change) => change.put("known", `lists/${href}`, { etag, items, ...reasons }));
}

/** Why own reports came back: kept, so that they can be put right without a network. */
async function takeRemarks() {
  for (const report of await store.all("known", "reports/")) {
    if (!report.mine || report.state !== "returned") continue;
    const before = await store.read("known", `remarks/${report.id}`);
    if (before?.version === report.version) continue;
    const { items } = await get(`/activity-reports/${report.id}/history`);
    const last = items.filter((/** @type {any} */ event) => event.action === "return").pop();
    if (!last) continue;
    const { comment, remarks, by, at } = last;
    await write((change) => change.put("known", `remarks/${report.id}`, { version: report.version, comment, remarks, by: by?.name ?? "", at }));
  }
}
