// @ts-check
// Every screen by the first word of its address.

import { problem, say } from "../controls.js";
import { more, t } from "../words.js";
import { event } from "./event.js";
import { fix } from "./fix.js";
import { help } from "./help.js";
import { home } from "./home.js";
import { join } from "./join.js";
import { queue } from "./queue.js";
import { record } from "./record.js";
import { report } from "./report.js";
import { sent } from "./sent.js";
import { settings } from "./settings.js";
import { signin } from "./signin.js";

/** A screen for those who lead: its program comes when it is first opened. @param {string} name */
const leading = (name) => async (/** @type {string[]} */ ...rest) => {
  try {
    const [{ screens: theirs }] = await Promise.all([import("../leader/all.js"), more("leader/")]);
    return theirs[name](...rest);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // what a browser says when a file cannot be had
    return { title: t("later.title"), back: "", content: [problem(say("later.offline"))] };
  }
};

/** @type {Record<string, (...rest: string[]) => Promise<import("../frame.js").Screen>>} */
export const screens = { "": home, new: report, event, sent, queue, fix, record, settings, help, signin, join,
  inbox: leading("inbox"), look: leading("look"), return: leading("return"), roster: leading("roster") };
