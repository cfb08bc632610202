// @ts-check
// A report is taken away with the reason: by its author, or, where it came back to one who has left, by who leads there.

import { ask, get } from "../api.js";
import { answered, attempt } from "../asking.js";
import { dayOf } from "../clock.js";
import { action, complain, field, say } from "../controls.js";
import { h } from "../dom.js";
import { go } from "../frame.js";
import { refresh } from "../refresh.js";
import { rich, shortDay, t } from "../words.js";
import { next } from "./look.js";

/** @param {string} id @param {string} [month] of the author's own record, to go on to */
export const withdraw = (id, month = "") => answered({ title: t("withdraw.title"), back: `look/${id}/${month}`, nav: false }, `withdraw/${id}/${month}`, async () => {
  const report = await get(`/activity-reports/${id}`);
  const others = report.participants.some((/** @type {any} */ one) => one.member_id !== report.author?.id);
  const line = h("textarea", { rows: "3", maxlength: 1000, id: "line-of-reason" });
  const trouble = h("div", {});
  const submit = attempt(trouble, async () => {
    const comment = line.value.trim();
    if (!comment) {
      return complain(trouble, say("withdraw.nothing"));
    }
    await ask("POST", `/activity-reports/${id}/withdraw`, { body: { comment }, headers: { "If-Match": `"${report.version}"` } });
    if (!month) return next();
    await refresh(true); // it is no more among what came back to oneself
    return go(`record/${month}`, true);
  });
  return [
    h("p", { class: "crumbs" }, rich("withdraw.of", { who: report.author.name }), "　", report.kind_label, " ", shortDay(dayOf(report.started_at))),
    say("withdraw.lead"), others && say("withdraw.told"), field(rich("withdraw.line"), line), trouble, action("withdraw.go", submit),
  ];
});
