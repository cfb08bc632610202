// @ts-check
// The screens for those who lead, by the first word of their address. A phone fetches this folder when it needs it.

import { inbox } from "./inbox.js";
import { look } from "./look.js";
import { roster } from "./roster.js";
import { sendBack } from "./send_back.js";
import { undo } from "./undo.js";
import { withdraw } from "./withdraw.js";

/** @type {import("../frame.js").Screens} */
export const screens = { inbox, look, roster, return: sendBack, undo, withdraw };
