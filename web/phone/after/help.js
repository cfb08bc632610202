// @ts-check
// M7: the few things one has to know, each with a small drawing.

import { h, icon } from "../dom.js";
import { BEGIN, practising } from "../practice.js";
import * as store from "../store.js";
import { rich, t } from "../words.js";

const TOPICS = /** @type {const} */ ([["check", "went"], ["plus", "new"], ["alert", "returned"], ["wait", "offline"], ["camera", "photos"], ["home", "install"], ["gear", "big"], ["bell", "lost"]]);

export async function help() {
  const back = (await store.kept("me")) ? "settings" : "signin";
  return {
    title: t("help.title"), back, nav: back === "settings",
    content: [back === "settings" && !practising ? h("a", { class: "button second", href: BEGIN, id: "practise" }, icon("pen"), h("span", {}, rich("help.practise"))) : null, ...TOPICS.map(([sign, topic]) => h("section", { class: "topic" }, h("span", { class: "drawing" }, icon(sign)), h("div", {}, h("h2", {}, rich(`help.${topic}`)), h("p", {}, rich(`help.${topic}.text`)))))],
  };
}
