// @ts-check
// Screens that nobody needs at the first visit, by the first word of their address. A phone fetches this folder with the first
// news from the server, so that it is there without a signal, too.

import { cars } from "./cars.js";
import { copy } from "./copy.js";
import "./fields.js"; // asked for by the form, and there by then without a signal
import { help } from "./help.js";
import "./install.js"; // likewise, by the home screen
import { pictures } from "./pictures.js";

/** @type {import("../frame.js").Screens} */
export const screens = { cars, copy, help, pictures };
