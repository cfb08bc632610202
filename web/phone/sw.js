// The service worker: the app's own files, kept by their hash, so that it opens without a network.
//
// It touches nothing outside /phone/: no answer of the API is ever kept here. The server writes a line before this file,
// `self.SHELL = {version, files, later}`, with the beginning of the SHA-256 of every file. `files` are kept at once, `later`
// when they are first asked for: what only some people open.

const CACHE = `phone-${self.SHELL.version}`;

self.addEventListener("install", (event) => event.waitUntil(keepAll().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(dropOthers().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method === "GET" && url.origin === self.location.origin && url.pathname.startsWith("/phone/")) {
    event.respondWith(answer(event.request, url.pathname));
  }
});

self.addEventListener("push", (event) => event.waitUntil(shown(event.data?.json() ?? {})));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(opened(event.notification.data));
});

/** A notice as the server sent it: {id, title, text, screen: {kind, id}}. */
async function shown({ id, title, text, screen }) {
  const { kind = "", id: which } = screen ?? {};
  const where = `/phone/#/told/${kind}${which ? `/${which}` : ""}`;
  await self.registration.showNotification(title ?? "お知らせ", { body: text, tag: id, icon: "/phone/icons/icon-192.png", data: where });
}

/** The app at that place: the one that is open, or a new one. */
async function opened(where) {
  const open = (await self.clients.matchAll({ type: "window" })).find((one) => !one.url.includes("?")); // not one that practises
  if (!open) return self.clients.openWindow(where);
  open.postMessage({ open: where.split("#/")[1] });
  return open.focus();
}

/** All files or none: a Wi-Fi's sign-in page, or a file of another version, has another hash and ends the installation. */
async function keepAll() {
  const cache = await caches.open(CACHE);
  await Promise.all(Object.entries(self.SHELL.files).map(([path, digest]) => keep(cache, path, digest)));
}

/** One file, if it is the one that belongs to this version. */
async function keep(cache, path, digest) {
  const got = await fetch(path, { cache: "no-cache", credentials: "omit" });
  const body = await got.clone().arrayBuffer();
  if (!got.ok || !(await base64(body)).startsWith(digest)) throw new Error(`not the expected ${path}`);
  await cache.put(path, got.clone());
  return got;
}

async function base64(body) {
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", body))));
}

async function dropOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("phone-") && name !== CACHE).map((name) => caches.delete(name)));
}

async function answer(request, path) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request.mode === "navigate" ? "/phone/" : path);
  if (kept) return kept;
  return path in self.SHELL.later ? keep(cache, path, self.SHELL.later[path]) : fetch(request);
}
