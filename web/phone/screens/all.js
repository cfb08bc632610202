// @ts-check
// Every screen by the first word of its address.

import { problem, say } from "../controls.js";
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

/** @typedef {Record<string, (...rest: string[]) => Promise<import("../frame.js").Screen>>} Screens */

/** A screen whose program comes when it is first opened. @param {string} part @param {() => Promise<{screens: Screens}>} program @param {string} name */
const later = (part, program, name) => async (/** @type {string[]} */ ...rest) => {
  try {
    const [{ screens: its }] = await Promise.all([program(), more(part)]);
    return await its[name](...rest);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // what a browser says when a file cannot be had
    return { title: t("later.title"), back: "", content: [problem(say("later.offline"))] };
  }
};

const leading = (/** @type {string} */ name) => later("leader/", () => import("../leader/all.js"), name);
const seldom = (/** @type {string} */ name) => later("seldom/", () => import("../seldom/all.js"), name);
const after = (/** @type {string} */ name) => later("after/", () => import("../after/all.js"), name);
const own = (/** @type {string} */ name) => later("record/", () => import("../record/all.js"), name);
const keyed = (/** @type {string} */ name) => later("keys/", () => import("../keys/all.js"), name);

/** @type {Screens} */
export const screens = { "": home, new: report, event, sent, queue, fix, settings, signin, join, cars: after("cars"), copy: after("copy"), help: after("help"), pictures: after("pictures"),
  inbox: leading("inbox"), look: leading("look"), return: leading("return"), roster: leading("roster"), undo: leading("undo"), withdraw: leading("withdraw"),
  month: seldom("month"), notices: seldom("notices"), telling: seldom("telling"), told: seldom("told"), devices: seldom("devices"), requests: seldom("requests"),
  record: own("record"), dispute: own("dispute"), calendar: keyed("calendar"), passkeys: keyed("passkeys"), password: keyed("password") };
