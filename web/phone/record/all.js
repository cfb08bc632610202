// @ts-check
// One's own record, and saying that it is wrong: screens that need a signal, by the first word of their address. A phone
// fetches this folder with the first news from the server.

import { dispute } from "./dispute.js";
import { record } from "./record.js";

/** @type {import("../frame.js").Screens} */
export const screens = { dispute, record };
