// @ts-check
// "I was there": what the event says, and one button. Other times and pictures where they differ.

import { instead } from "../asking.js";
import { dayOf, now } from "../clock.js";
import { action, complain, say, times } from "../controls.js";
import { beginFrom, instantsOf, spanOf, tooEarly } from "../draft.js";
import { h } from "../dom.js";
import { go } from "../frame.js";
import { newId } from "../ids.js";
import { enqueue } from "../queue.js";
import * as store from "../store.js";
import { fromTo, longDay, rich, t } from "../words.js";

/** @param {string} id */
export async function event(id) {
  const [found, me] = [await store.read("known", `events/${id}`), await store.kept("me")];
  if (!found) return { title: t("event.title"), back: "", content: [say("event.gone")] };
  const span = spanOf(found);
  const reportId = newId();
  let other = false;
  const submit = async () => {
    const said = other ? instantsOf(span) : {};
    if (tooEarly({ ...found, ...said })) return complain(trouble, say("check.future"));
    await enqueue({
      id: reportId, member_id: me.member.id, kind: "join", made_at: now(), label: found.title, day: dayOf(found.started_at),
      event_id: found.id, body: { id: reportId, ...said }, photo_ids: [], sent: false, problem: null,
    });
    return go(`sent/${reportId}`, true);
  };
  const trouble = h("div", {});
  const clocks = h("div", {});
  const change = () => {
    other = true;
    clocks.replaceChildren(times(span, () => undefined));
    document.getElementById("start-hour")?.focus();
  };
  const more = () => instead(async () => { await beginFrom(found, span); go("new/check"); });
  const row = (/** @type {string} */ key, /** @type {string} */ value) => h("div", {}, h("dt", {}, rich(key)), h("dd", {}, value));
  return {
    title: t("event.title"), back: "", nav: false,
    content: [
      h("dl", { class: "facts" }, row("fact.kind", found.title), row("fact.day", longDay(dayOf(found.started_at))), row("fact.time", fromTo(found)), row("fact.place", found.place || "–"), row("fact.who", me.member.name)),
      found.note ? h("p", { class: "hint" }, found.note) : null,
      clocks, trouble, action("submit", submit), action("event.times", change, "second", "wait"), action("event.more", more, "second", "camera"),
    ],
  };
}
