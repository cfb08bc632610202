// @ts-check
// Pictures of somebody's report, small. They are asked for with this device's token, as an <img> cannot.

import { h } from "../dom.js";
import * as store from "../store.js";
import { t } from "../words.js";

/** @param {{id: string}[]} pictures */
export function thumbnails(pictures) {
  return h("ul", { class: "strip" }, pictures.map((picture, place) => {
    const image = h("img", { alt: t("look.picture", { n: place + 1 }) });
    void show(picture.id, image);
    return h("li", {}, image);
  }));
}

/** Where it does not come, its words stay. @param {string} id @param {HTMLImageElement} image */
async function show(id, image) {
  const tokens = await store.kept("tokens");
  try {
    const answer = await fetch(`/api/v1/attachments/${id}/thumbnail`, { headers: { Authorization: `Bearer ${tokens.access}` }, cache: "no-store", credentials: "omit" });
    if (!answer.ok || !answer.headers.has("X-Request-Id")) return;
    image.src = URL.createObjectURL(await answer.blob());
    image.onload = () => URL.revokeObjectURL(image.src);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // no network
  }
}
