// @ts-check
// The screens about what one signs in with, by the first word of their address. A phone fetches this folder then.

import { passkeys } from "./passkeys.js";
import { password } from "./password.js";

/** @type {Record<string, (...rest: string[]) => Promise<import("../frame.js").Screen>>} */
export const screens = { passkeys, password };
