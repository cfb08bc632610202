// @ts-check
// What one asks about one's own data: to see it, to have it put right, to have it erased. The bureau answers by a day.

import { ask, get } from "../api.js";
import { answered, attempt } from "../asking.js";
import { action, choice, field, problem, say, way } from "../controls.js";
import { h, icon } from "../dom.js";
import { go } from "../frame.js";
import { newId } from "../ids.js";
import { longDay, rich, t } from "../words.js";

const KINDS = ["show", "correct", "erase"];

export const requests = () => answered({ title: t("requests.title"), back: "settings", nav: false }, "requests", async () => {
  const { items } = await get("/me/data-requests?limit=20");
  return [say("requests.lead"), way("requests.record", "record"), ...items.map(shown), ...form()];
});

/** What was asked, what came of it, and taking it back as long as nothing did. @param {any} one */
function shown(one) {
  const trouble = h("div", {});
  const open = one.state === "open";
  const withdraw = attempt(trouble, async () => { await ask("POST", `/me/data-requests/${one.id}/withdraw`); go("requests"); });
  return h("section", { class: `card ${open ? "info" : ""}` },
    h("p", { class: "day" }, longDay(one.received_on)),
    h("p", { class: "what" }, rich(`requests.kind.${one.kind}`)), h("p", {}, icon(open ? "wait" : one.state === "accepted" ? "check" : "cross"), " ", one.state_label),
    one.words ? h("p", { class: "quote" }, one.words) : null,
    open ? say("requests.due", { day: longDay(one.due_on) }) : null,
    one.extension ? h("div", {}, say("requests.longer"), h("p", { class: "quote" }, one.extension)) : null,
    one.answer ? h("div", {}, say("requests.answer"), h("p", { class: "quote" }, one.answer)) : null,
    one.erased_on ? say("requests.erased", { day: longDay(one.erased_on) }) : null,
    trouble, open ? action("requests.withdraw", withdraw, "second") : null);
}

function form() {
  const said = { id: newId(), kind: "" };
  const words = h("textarea", { rows: "4", maxlength: 1000, id: "words" });
  const trouble = h("div", {});
  const submit = attempt(trouble, async () => {
    if (!said.kind || (said.kind === "correct" && !words.value.trim())) {
      const told = problem(say("requests.nothing"));
      trouble.replaceChildren(told);
      return told.focus();
    }
    await ask("POST", "/me/data-requests", { body: { ...said, words: words.value.trim() } });
    return go("requests");
  });
  return [
    h("h2", {}, rich("requests.new")),
    choice({ legend: rich("requests.kind"), options: KINDS.map((kind) => ({ value: kind, label: rich(`requests.kind.${kind}`) })), chosen: [], name: "kind", change: ([now]) => { Object.assign(said, { id: newId(), kind: now }); } }),
    field(rich("requests.words"), words), trouble, action("requests.go", submit),
  ];
}
