// @ts-check
// Every screen by the first word of its address.

import { problem, say } from "../controls.js";
import { leads } from "../known.js";
import * as store from "../store.js";
import { more, t } from "../words.js";
import { event } from "./event.js";
import { fix } from "./fix.js";
import { home } from "./home.js";
import { join } from "./join.js";
import { queue } from "./queue.js";
import { report } from "./report.js";
import { sent } from "./sent.js";
import { settings } from "./settings.js";
import { signin } from "./signin.js";

/** @typedef {import("../frame.js").Screens} Screens */

/** @typedef {() => Promise<{screens: Screens}>} Program */

/** @satisfies {Record<string, Program>} */
const parts = {
  "after/": () => import("../after/all.js"),
  "keys/": () => import("../keys/all.js"),
  "leader/": () => import("../leader/all.js"),
  "record/": () => import("../record/all.js"),
  "seldom/": () => import("../seldom/all.js"),
};

/** What one will want comes with the first news, to be there also without a network. */
export async function ahead() {
  const [me, synced] = [await store.kept("me"), await store.kept("synced_at")];
  if (!me || !synced) return;
  const wanted = /** @type {(keyof typeof parts)[]} */ (["after/", "record/", ...(leads(me) ? ["leader/"] : [])]);
  for (const part of wanted) Promise.all([parts[part](), more(part)]).catch(() => undefined);
}

/** A screen whose program comes when it is first opened. @param {keyof typeof parts} part @returns {(name: string) => Screens[string]} */
const later = (part) => (name) => async (/** @type {string[]} */ ...rest) => {
  try {
    const [{ screens: its }] = await Promise.all([parts[part](), more(part)]);
    return await its[name](...rest);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // what a browser says when a file cannot be had
    return { title: t("later.title"), back: "", content: [problem(say("later.offline"))] };
  }
};

const [after, keyed, leading, own, seldom] = [later("after/"), later("keys/"), later("leader/"), later("record/"), later("seldom/")];

/** @type {Screens} */
export const screens = { "": home, new: report, event, sent, queue, fix, settings, signin, join, cars: after("cars"), copy: after("copy"), help: after("help"), pictures: after("pictures"),
  inbox: leading("inbox"), look: leading("look"), return: leading("return"), roster: leading("roster"), undo: leading("undo"), withdraw: leading("withdraw"),
  month: seldom("month"), notices: seldom("notices"), telling: seldom("telling"), told: seldom("told"), devices: seldom("devices"), requests: seldom("requests"),
  record: own("record"), dispute: own("dispute"), calendar: keyed("calendar"), passkeys: keyed("passkeys"), password: keyed("password") };
