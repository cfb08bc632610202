// @ts-check
// Pictures that the server did not take of a report that it has: why, and another one in the place of each, or none.
// The report itself stands with whoever approves it and stays as it is; its picture keeps the id by which the report names it.

import { action, problem, say, way } from "../controls.js";
import { h, icon } from "../dom.js";
import { go } from "../frame.js";
import { add, byIds, Unreadable } from "../photos.js";
import { sendAgain } from "../queue.js";
import * as store from "../store.js";
import { rich, t } from "../words.js";

/** @param {string} id of the report */
export async function pictures(id) {
  const [item, owner] = [await store.read("queue", id), await store.kept("owner")];
  const frame = { title: t("refused.title"), back: "queue", nav: false };
  if (!item?.problem || !item.sent || item.member_id !== owner) return { ...frame, content: [say("refused.none"), way("sent.home", "")] };
  const [all, note] = [await byIds(item.photo_ids), h("div", {})];
  const refused = all.filter((photo) => photo.refused && !photo.sent);
  const open = new Set(refused.length ? refused : all.filter((photo) => !photo.sent));
  const done = async (/** @type {string[]} */ without) => {
    void sendAgain(id, without);
    go(`sent/${id}`, true);
  };
  const bottom = h("div", {});
  const show = () => bottom.replaceChildren(action("refused.leave", () => done([...open].map((photo) => photo.id)), "second", "cross", { n: open.size }), h("p", { class: "hint" }, rich("refused.hint", { n: open.size })));
  const row = (/** @type {import("../photos.js").Photo} */ photo, /** @type {number} */ place) => {
    const why = h("div", {}, h("p", {}, photo.refused ?? item.problem.detail ?? ""));
    const other = async (/** @type {File} */ file) => {
      note.replaceChildren();
      const taken = await add(file, id, owner, photo.id);
      open.delete(photo);
      if (!open.size) return done([]);
      const now = h("li", { class: "card info", tabindex: "-1" }, thumb(taken, place, "refused.now"), say("refused.replaced"));
      line.replaceWith(now);
      show();
      now.focus();
      return undefined;
    };
    const line = h("li", { class: "card bad" }, thumb(photo, place), why, chooser(place, other, note));
    return line;
  };
  show();
  return { ...frame, content: [say("refused.lead"), h("ul", { class: "lines" }, [...open].map(row)), note, action("refused.again", () => done([]), "second", "send"), bottom] };
}

/** @param {import("../photos.js").Photo} photo @param {number} place @param {string} [name] */
function thumb(photo, place, name = "refused.one") {
  const url = URL.createObjectURL(new Blob([photo.data], { type: "image/jpeg" }));
  return h("div", { class: "strip" }, h("img", { src: url, alt: t(name, { n: place + 1 }), onload: () => URL.revokeObjectURL(url) }));
}

/** @param {number} place @param {(file: File) => Promise<void>} take @param {HTMLElement} note */
function chooser(place, take, note) {
  const input = h("input", { type: "file", accept: "image/*", class: "unseen", id: `other-${place}` });
  input.addEventListener("change", async () => {
    const [file] = input.files ?? [];
    try {
      if (file) await take(file);
    } catch (error) {
      if (!(error instanceof Unreadable) && !(error instanceof DOMException)) throw error;
      const told = problem(say(error instanceof Unreadable ? "refused.unreadable" : "photos.full"));
      note.replaceChildren(told);
      told.focus();
    }
    input.value = "";
  });
  return h("div", { class: "pictures" }, h("label", { class: "button main", for: input.id }, icon("camera"), h("span", {}, rich("refused.other"))), input);
}
