// @ts-check
// L3: back to the author: what is to be put right, a ready phrase, a line. One of them is enough.

import { ask, get } from "../api.js";
import { answered, attempt } from "../asking.js";
import { dayOf } from "../clock.js";
import { action, choice, complain, field, say } from "../controls.js";
import { h } from "../dom.js";
import { reasons } from "../known.js";
import { rich, shortDay, t } from "../words.js";
import { decided } from "./inbox.js";
import { next } from "./look.js";

const FIELDS = ["started_at", "ended_at", "participants", "place", "kind", "vehicle_ids", "summary", "details", "attachment_ids"];
const NO_PHRASE = "other"; // the reason of a remark that needs no more than its field

/** @param {string} id */
export const sendBack = (id) => answered({ title: t("back.title"), back: `look/${id}`, nav: false }, `return/${id}`, async () => {
  const [report, phrases] = [await get(`/activity-reports/${id}`), await reasons()];
  const said = { fields: /** @type {string[]} */ ([]), phrase: "" };
  const line = h("textarea", { rows: "3", maxlength: 1000, id: "line-to-author" });
  const trouble = h("div", {});
  const submit = attempt(trouble, async () => {
    const body = decision(said.fields, said.phrase, line.value.trim(), phrases);
    if (!body.comment && !body.remarks.length) {
      return complain(trouble, say("back.nothing"));
    }
    await ask("POST", `/activity-reports/${id}/return`, { body, headers: { "If-Match": `"${report.version}"` } });
    await decided(1);
    return next();
  });
  return [
    h("p", { class: "crumbs" }, rich("back.to", { who: report.author.name }), "　", report.kind_label, " ", shortDay(dayOf(report.started_at))),
    choice({ legend: rich("back.fields"), options: FIELDS.map((name) => ({ value: name, label: rich(`back.field.${name}`) })), chosen: [], several: true, name: "field", kind: "chips", change: (now) => { said.fields = now; } }),
    choice({ legend: rich("back.phrase"), options: Object.entries(phrases).filter(([code]) => code !== NO_PHRASE).map(([value, label]) => ({ value, label })), chosen: [], name: "phrase", change: ([now]) => { said.phrase = now; } }),
    field(rich("back.line"), line), trouble, action("back.go", submit),
  ];
});

/** What is sent: a phrase goes with each ticked field; about none in particular it is part of what is said. @param {string[]} fields @param {string} phrase @param {string} line @param {Record<string, string>} phrases */
function decision(fields, phrase, line, phrases) {
  const comment = fields.length || !phrase ? line : [phrases[phrase], line].filter(Boolean).join(" ");
  return { comment, remarks: fields.map((name) => ({ pointer: `/${name}`, reason: phrase || NO_PHRASE, text: "" })) };
}
