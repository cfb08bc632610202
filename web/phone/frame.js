// @ts-check
// What is around every screen: the line that tells what waits, the screen itself, the four places to go to.

import * as store from "./store.js";
import { h, icon } from "./dom.js";
import { now, timeOf, dayOf } from "./clock.js";
import { returned } from "./known.js";
import { END, practising } from "./practice.js";
import { waiting } from "./queue.js";
import { named, personName, rich, shortDay, t } from "./words.js";

const LONG = 3 * 86_400_000; // what waits longer than three days is said more loudly

/**
 * One screen: its title, what it shows, whether the places are offered below it, where "back" leads, and whether it is
 * drawn anew when something changed.
 * @typedef {{title: string, content: (Node | string | null)[], nav?: boolean, back?: string, live?: boolean}} Screen
 */

const PLACES = /** @type {const} */ ([["", "home"], ["record", "calendar"], ["queue", "send"], ["settings", "gear"]]);
const OPEN_TO_ALL = ["signin", "join", "help"];

/** Every screen by the first word of its address. @typedef {Record<string, (...rest: string[]) => Promise<Screen>>} Screens */

let turn = 0;
/** @type {Screen | null} */
let shown = null;
/** @type {Screens} */
let screens;

/** The screens there are. @param {Screens} all */
export const offer = (all) => { screens = all; };

/** Go to another screen. @param {string} where "new/when" @param {boolean} [instead] of this one, in the history */
export function go(where, instead = false) {
  if (instead) {
    history.replaceState(null, "", `#/${where}`);
    void draw();
  } else if (location.hash === `#/${where}`) void draw();
  else location.hash = `#/${where}`;
}

/** The screen that the address names. @param {boolean} [again] the same one, where the person is */
export async function draw(again = false) {
  const mine = ++turn;
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  if (!(await store.kept("me")) && !OPEN_TO_ALL.includes(name)) return go(["signin", name, ...rest].join("/"), true);
  const make = Object.hasOwn(screens, name) ? screens[name] : screens[""];
  const screen = await make(...rest);
  if (mine !== turn) return undefined; // the person has gone on meanwhile
  shown = screen; // what changes from now on draws it anew
  await show(screen, name, again, mine);
  return undefined;
}

/** Something changed: the line above is new, and the screen too where it lives on that. */
export async function redraw() {
  if (shown?.live) return draw(true);
  const line = document.getElementById("line");
  if (line) line.replaceWith(await waitingLine());
  return undefined;
}

/** @param {Screen} screen @param {string} name @param {boolean} again @param {number} mine */
async function show(screen, name, again, mine) {
  const held = document.activeElement === document.body ? null : document.activeElement;
  const [line, places] = [await waitingLine(), screen.nav === false ? null : await navigation(name)];
  const heading = h("h1", { tabindex: "-1", id: "title" }, screen.title);
  const back = screen.back === undefined ? null : h("a", { class: "back", href: `#/${screen.back}`, id: "back" }, icon("back"), h("span", {}, rich("back")));
  const top = name === "" ? h("header", { class: "top" }, await whoIsHere(), await bell()) : h("header", { class: "top" }, back, heading);
  const main = h("main", { class: name ? `screen-${name}` : "screen-home" }, name === "" ? h("h1", { class: "unseen", tabindex: "-1", id: "title" }, screen.title) : null, ...screen.content);
  if (mine !== turn) return;
  document.getElementById("app")?.replaceChildren(...[line, top, main, places].filter((part) => part !== null));
  document.title = `${screen.title} – ${t("app.name")}`;
  if (!again) scrollTo(0, 0);
  // Drawn again, the focus stays where it was; where that is gone, and on a new screen, it goes to the title.
  const same = again && held?.id ? document.getElementById(held.id) : null;
  if (!again || held) (same ?? document.getElementById("title"))?.focus({ preventScroll: again });
}

/** "送信待ち2件" and since when, or that some were refused; that one has to sign in again. Empty when all is well. */
async function waitingLine() {
  const [items, tokens, me] = [await waiting(), await store.kept("tokens"), await store.kept("me")];
  const parts = practising ? [h("a", { href: END, class: "line warn" }, icon("pen"), h("span", {}, rich("practice.line")))] : [];
  if (me && (!tokens || tokens.ended)) parts.push(h("a", { href: "#/signin", class: "line warn" }, icon("alert"), h("span", {}, rich("line.signedOut"))));
  const refused = items.some((item) => item.problem); // it waits for the person, not for a signal
  if (items.length) {
    const oldest = items[0].made_at;
    const old = now() - oldest > LONG;
    const key = refused ? "queue.refused" : old ? "line.old" : "line.waiting";
    const values = { n: items.length, since: `${shortDay(dayOf(oldest))} ${timeOf(oldest)}` };
    const bad = refused || old;
    parts.push(h("a", { href: "#/queue", class: `line ${bad ? "bad" : "info"}`, ...named(key, values) }, icon(bad ? "alert" : "wait"), h("span", {}, rich(key, values))));
  }
  if (navigator.setAppBadge && !practising) navigator.setAppBadge(items.length + (await returned()).length + ((await store.kept("unread")) ?? 0)).catch(() => undefined);
  return h("div", { id: "line", role: "status" }, ...parts);
}

async function whoIsHere() {
  const me = await store.kept("me");
  return h("p", { class: "who" }, me.unit ? h("span", { class: "unit" }, me.unit.name) : null, h("span", {}, personName(me.member)));
}

/** The way to the notices, with how many are new. */
async function bell() {
  const n = (await store.kept("unread")) ?? 0;
  return h("a", { class: "bell", href: "#/notices", id: "to-notices", "aria-label": n ? t("bell.count", { n }) : t("bell") }, icon("bell"), n ? h("b", { class: "count" }, n) : null);
}

/** @param {string} name */
async function navigation(name) {
  const count = (await waiting()).length;
  return h("nav", { class: "places", "aria-label": t("nav") }, PLACES.map(([place, sign]) => h(
    "a", { href: `#/${place}`, "aria-current": place === name ? "page" : null, ...(sign === "send" && count ? { "aria-label": t("nav.count", { n: count }) } : named(`nav.${sign}`)) },
    icon(sign), h("span", {}, rich(`nav.${sign}`)), sign === "send" && count ? h("b", { class: "count" }, count) : null,
  )));
}
