// @ts-check
// An iPhone's browser throws away what a page keeps when it was not opened for seven days, and tells nobody. An app on the
// home screen keeps it.

import { say } from "../controls.js";
import { h, icon } from "../dom.js";
import { more } from "../words.js";

/** What to do about it. */
export async function advice() {
  await more("after/");
  return h("div", { class: "note warn" }, icon("alert"), h("div", {}, say("install.why"), say("install.how"), say("install.first")));
}
