// @ts-check
// "That is not so": one's word against a report that names one. It goes to the fire station, not to the leaders.

import { ask, get } from "../api.js";
import { answered, attempt } from "../asking.js";
import { dayOf } from "../clock.js";
import { action, choice, field, problem, say, way } from "../controls.js";
import { h, icon } from "../dom.js";
import { go } from "../frame.js";
import { newId } from "../ids.js";
import { fromTo, longDay, rich, shortDay, t } from "../words.js";

const KINDS = ["not-there", "times", "amount", "other"];

/** @param {string} reportId */
export const dispute = (reportId) => answered({ title: t("dispute.title"), back: "record", nav: false }, `dispute/${reportId}`, async () => {
  const { items } = await get("/me/disputes?limit=100");
  const raised = items.find((/** @type {any} */ one) => one.report_id === reportId && one.state !== "withdrawn");
  return raised ? shown(raised) : form(await get(`/activity-reports/${reportId}`));
});

/** @param {any} report */
function form(report) {
  const said = { id: newId(), kind: "" };
  const reason = h("textarea", { rows: "4", maxlength: 1000, id: "reason" });
  const trouble = h("div", {});
  const submit = attempt(trouble, async () => {
    if (!said.kind || !reason.value.trim()) {
      const told = problem(say("dispute.nothing"));
      trouble.replaceChildren(told);
      return told.focus();
    }
    await ask("POST", "/me/disputes", { body: { id: said.id, report_id: report.id, kind: said.kind, reason: reason.value.trim() } });
    return go(`dispute/${report.id}`);
  });
  return [
    h("p", { class: "crumbs" }, report.kind_label, "　", longDay(dayOf(report.started_at)), " ", fromTo(report)),
    say("dispute.lead"),
    choice({ legend: rich("dispute.kind"), options: KINDS.map((kind) => ({ value: kind, label: rich(`dispute.kind.${kind.replace("-", "_")}`) })), chosen: [], name: "kind", change: ([now]) => { said.kind = now; } }),
    field(rich("dispute.reason"), reason), trouble, action("dispute.go", submit),
  ];
}

/** What was said, what came of it, and taking it back as long as nothing did. @param {any} one */
function shown(one) {
  const trouble = h("div", {});
  const withdraw = attempt(trouble, async () => { await ask("POST", `/me/disputes/${one.id}/withdraw`); go("record"); });
  return [
    h("div", { class: "note info" }, icon("wait"), h("div", {}, h("p", { class: "what" }, one.state_label), h("p", { class: "hint" }, one.activity_label, " ", shortDay(dayOf(one.started_at))), h("p", {}, one.kind_label), h("p", { class: "quote" }, one.reason))),
    one.comment ? h("div", { class: "note" }, h("div", {}, say("dispute.answer"), h("p", { class: "quote" }, one.comment))) : null,
    one.state === "open" ? say("dispute.held") : null,
    trouble, one.state === "open" ? action("dispute.withdraw", withdraw, "second") : null, way("dispute.back", "record", "second"),
  ];
}
