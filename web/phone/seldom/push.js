// @ts-check
// Notices shown by the phone itself (Web Push): whether it can, and saying yes or no to it.

import { ask, get } from "../api.js";
import * as store from "../store.js";

/** Whether this phone and this server can do it. */
export async function possible() {
  if (!("Notification" in globalThis) || !("PushManager" in globalThis) || !navigator.serviceWorker) return false;
  return Boolean((await get("/push/public-key")).public_key);
}

/** Asks the person through the system, and subscribes. @returns {Promise<boolean>} whether notices come now */
export async function allow() {
  if ((await Notification.requestPermission()) !== "granted") return false;
  await subscribe();
  return true;
}

/** This phone takes notices from now on. The same again changes nothing. */
export async function subscribe() {
  const { public_key: key } = await get("/push/public-key");
  if (!key) return;
  const worker = await navigator.serviceWorker.ready;
  const before = await worker.pushManager.getSubscription();
  const made = before ?? (await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
  const { id } = (await ask("POST", "/push/subscriptions", { body: made.toJSON() })).data;
  await store.keep("push", { id });
}

/** No notices on this phone. It is not asked about again. */
export async function refuse() {
  const before = await store.kept("push");
  if (before?.id) await ask("DELETE", `/push/subscriptions/${before.id}`);
  const worker = await navigator.serviceWorker?.getRegistration();
  await (await worker?.pushManager?.getSubscription())?.unsubscribe();
  await store.keep("push", { off: true });
}
