// @ts-check
// Sending what waits and asking for news: at every start, when the network is back, when the app is shown again.

import { NotNow, Refused, SignedOut } from "./api.js";
import { difference } from "./clock.js";
import { send } from "./queue.js";
import * as store from "./store.js";
import { sync } from "./sync.js";
import { changed } from "./tabs.js";

const BETWEEN = 20_000; // milliseconds from one asking to the next, however often the app is shown

let asked = 0;

/** Whatever does not work now is done at the next occasion. @param {boolean} [certainly] however short ago the last time was */
export async function refresh(certainly = false) {
  await send();
  if (!certainly && Date.now() - asked < BETWEEN) return;
  asked = Date.now();
  try {
    await sync();
  } catch (error) {
    asked = 0;
    if (error instanceof SignedOut) changed();
    else if (!(error instanceof NotNow || error instanceof Refused)) throw error;
  }
  await store.keep("ahead", difference());
}

