// @ts-check
// The start: settings, the screen that the address names, the service worker, and when to send and to ask.

import * as store from "./store.js";
import { setDifference } from "./clock.js";
import { draw, go, offer, redraw } from "./frame.js";
import { refresh } from "./refresh.js";
import { practising } from "./practice.js";
import { apply } from "./settings.js";
import { onChange } from "./tabs.js";
import { more } from "./words.js";
import { ahead, screens } from "./screens/all.js";
import { code } from "./screens/join.js";

async function start() {
  await apply();
  if (practising) {
    const [{ begin }] = await Promise.all([import("./seldom/practice.js"), more("seldom/")]);
    if (!(await begin())) return;
    await apply();
  }
  setDifference((await store.kept("ahead")) ?? 0);
  if (location.pathname.endsWith("/join")) { // by the card: the code leaves the address at once
    code.value = location.hash.slice(1);
    history.replaceState(null, "", "/phone/#/join");
  }
  offer(screens);
  addEventListener("hashchange", () => draw());
  addEventListener("online", () => refresh());
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") void refresh(); });
  onChange(() => { void redraw(); void ahead(); });
  navigator.serviceWorker?.addEventListener("message", (event) => { if (event.data?.open) go(event.data.open); });
  await draw();
  if (navigator.serviceWorker) navigator.serviceWorker.register("/phone/sw.js").catch(() => undefined);
  if (await store.kept("tokens")) await refresh();
}

await start();
