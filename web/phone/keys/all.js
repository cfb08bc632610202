// @ts-check
// The screens about what opens one's own things: passkeys, the password, the calendar's secret address; by the first word of
// their address. A phone fetches this folder then.

import { calendar } from "./calendar.js";
import { passkeys } from "./passkeys.js";
import { password } from "./password.js";

/** @type {import("../frame.js").Screens} */
export const screens = { calendar, passkeys, password };
