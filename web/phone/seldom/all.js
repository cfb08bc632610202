// @ts-check
// Screens that are seldom opened and need a signal, by the first word of their address. A phone fetches this folder then.

import { devices } from "./devices.js";
import { month } from "./month.js";
import { notices, told } from "./notices.js";
import { requests } from "./requests.js";
import { telling } from "./telling.js";

/** @type {import("../frame.js").Screens} */
export const screens = { devices, month, notices, requests, telling, told };
