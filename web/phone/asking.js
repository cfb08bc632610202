// @ts-check
// Screens that live on what the server says now. They need a signal, and what they show is kept nowhere.

import { NotNow, Refused, SignedOut } from "./api.js";
import { action, problem, say } from "./controls.js";
import { draft } from "./draft.js";
import { h } from "./dom.js";
import { go } from "./frame.js";
import { t } from "./words.js";

/** The answer of the server as a message. @param {unknown} error @param {string} [offline] what is said without a network */
export function refusal(error, offline = "error.offline.now") {
  if (error instanceof SignedOut) return problem(say("error.signedOut"));
  if (error instanceof NotNow) return problem(say(error.answered ? "error.busy" : offline));
  if (!(error instanceof Refused)) throw error;
  const said = error.problem.errors?.map((/** @type {any} */ one) => one.message) ?? [];
  return problem(h("p", {}, h("b", {}, error.problem.title ?? "")), ...(said.length ? said : [error.problem.detail]).map((/** @type {string} */ text) => h("p", {}, text)));
}

/**
 * A screen with what was answered, or with why there is none.
 * @param {{title: string, back?: string, nav?: boolean}} frame @param {string} where its address, to try again
 * @param {() => Promise<(Node | null)[]>} content @param {string} [offline] @returns {Promise<import("./frame.js").Screen>}
 */
export async function answered(frame, where, content, offline) {
  try {
    return { ...frame, content: await content() };
  } catch (error) {
    return { ...frame, content: [refusal(error, offline), action("again", () => go(where), "second")] };
  }
}

/** Work that the server does at once; what it has against it is shown in `place`. @param {HTMLElement} place @param {() => Promise<unknown>} work */
export const attempt = (place, work) => async () => {
  place.replaceChildren();
  try {
    await work();
  } catch (error) {
    const told = refusal(error);
    place.replaceChildren(told);
    told.focus();
  }
};

/** A question in front of the screen; its buttons close it. @param {string} title @param {Node[]} content @param {(close: () => void) => Node[]} buttons */
export function question(title, content, buttons) {
  const asked = h("dialog", { "aria-labelledby": "question" });
  const close = () => asked.close();
  asked.append(h("h2", { id: "question" }, title), ...content, ...buttons(close), action("cancel", close, "second"));
  asked.addEventListener("close", () => asked.remove());
  document.body.append(asked);
  asked.showModal();
}

/** Asks before something written is gone for good. @param {() => unknown} work @param {string} [lead] */
export const sure = (work, lead = "drop.lead") => () => question(t("drop.title"), [say(lead)], (close) => [
  action("drop.go", async () => { close(); await work(); }, "danger"),
]);

/** Begins another report; one that is being written would go. @param {() => Promise<unknown>} work */
export const instead = async (work) => ((await draft()) ? sure(work, "drop.instead")() : work());
