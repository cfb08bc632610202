// @ts-check
// A report that came back to somebody who has left the service is taken away by who leads there, with the reason.

import { ask, get } from "../api.js";
import { answered, attempt } from "../asking.js";
import { dayOf } from "../clock.js";
import { action, field, problem, say } from "../controls.js";
import { h } from "../dom.js";
import { rich, shortDay, t } from "../words.js";
import { next } from "./look.js";

/** @param {string} id */
export const withdraw = (id) => answered({ title: t("withdraw.title"), back: `look/${id}`, nav: false }, `withdraw/${id}`, async () => {
  const report = await get(`/activity-reports/${id}`);
  const line = h("textarea", { rows: "3", maxlength: 1000, id: "line-of-reason" });
  const trouble = h("div", {});
  const submit = attempt(trouble, async () => {
    const comment = line.value.trim();
    if (!comment) {
      const told = problem(say("withdraw.nothing"));
      trouble.replaceChildren(told);
      return told.focus();
    }
    await ask("POST", `/activity-reports/${id}/withdraw`, { body: { comment }, headers: { "If-Match": `"${report.version}"` } });
    return next();
  });
  return [
    h("p", { class: "crumbs" }, rich("withdraw.of", { who: report.author.name }), "　", report.kind_label, " ", shortDay(dayOf(report.started_at))),
    say("withdraw.lead"), field(rich("withdraw.line"), line), trouble, action("withdraw.go", submit),
  ];
});
