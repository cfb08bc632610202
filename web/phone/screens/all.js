// @ts-check
// Every screen by the first word of its address.

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

/** @type {Record<string, (...rest: string[]) => Promise<import("../frame.js").Screen>>} */
export const screens = { "": home, new: report, event, sent, queue, fix, record, settings, help, signin, join };
