// @ts-check
// M2: a report of anything, one question after the other: what, when, who, where; then one look and "submit".

import { instead, sure } from "../asking.js";
import { action, field, LONG, pictures, complain, problem, say, times, way, whichDay, whoWasThere } from "../controls.js";
import { now } from "../clock.js";
import { detail, looked } from "../details.js";
import { begin, bodyOf, change, discard, draft, instantsOf, likelyOn, missing, save, tooEarly } from "../draft.js";
import { h, icon } from "../dom.js";
import { go } from "../frame.js";
import { fieldsOf, kindOf, kinds, places, squad, vehicles } from "../known.js";
import { enqueue } from "../queue.js";
import * as store from "../store.js";
import { changed } from "../tabs.js";
import { duration, inWords, labelOf, longDay, personName, rich, shortDay, t } from "../words.js";

const USUAL = ["T-01", "E-01", "D-01", "P-02"];

/** @param {string} step */
export async function report(step = "") {
  const begun = step ? await draft() : null;
  if (step === "kind" || !begun) return whichKind(begun);
  return (STEPS[step] ?? check)(begun);
}

/** @param {import("../draft.js").Draft | null} begun of which it is to be another kind; none for a new report */
async function whichKind(begun) {
  const all = await kinds();
  if (!all.length) return { title: t("kind.title"), back: "", content: [say(navigator.onLine ? "loading" : "home.notYet")], live: true };
  const own = (await store.all("known", "reports/")).filter((one) => one.mine).sort((a, b) => b.started_at.localeCompare(a.started_at));
  const near = [...new Set([...own.map((one) => one.kind), ...USUAL])].filter((code) => all.some((kind) => kind.code === code)).slice(0, 4);
  const pick = async (/** @type {any} */ kind) => {
    if (begun) await change(begun, kind);
    else await begin(kind);
    history.replaceState(null, "", "#/new/kind"); // the way back does not begin anew
    go("new/when");
  };
  const row = (/** @type {any} */ kind) => h("button", { type: "button", class: "tile wide", id: `kind-${kind.code}`, onclick: () => (begun ? pick(kind) : instead(() => pick(kind))) }, h("b", {}, labelOf(kind)), h("span", {}, kind.helps[document.documentElement.lang] ?? kind.help));
  const first = near.map((code) => all.find((kind) => kind.code === code));
  return {
    title: t("kind.title"), back: "", nav: false,
    content: [begun || !own.length ? null : way("kind.copy", "copy"), h("div", { class: "tiles" }, first.map(row)), h("h2", {}, rich("kind.others")), h("div", { class: "tiles" }, all.filter((kind) => !first.includes(kind)).map(row))],
  };
}

/** @type {Record<string, (begun: import("../draft.js").Draft) => Promise<import("../frame.js").Screen>>} */
const STEPS = { when, who, what, check };

/** @param {import("../draft.js").Draft} begun */
async function when(begun) {
  const keep = () => save(begun);
  const next = async () => { await keep(); go("new/who"); };
  const isLikely = () => { const { start, end } = likelyOn(begun.span.day); return start === begun.span.start && end === begun.span.end; };
  let touched = !isLikely();
  const clocks = h("div", {});
  const show = () => clocks.replaceChildren(times(begun.span, () => { touched = true; void keep(); }));
  const pick = () => { // times that nobody has set yet go with the day
    if (!touched) Object.assign(begun.span, likelyOn(begun.span.day));
    show();
    void keep();
  };
  show();
  return { title: t("when.title"), back: "new/kind", nav: false, content: [crumbs(begun), whichDay(begun.span, pick), clocks, action("next", next)] };
}

/** @param {import("../draft.js").Draft} begun */
async function who(begun) {
  const me = await store.kept("me");
  const take = (/** @type {string[]} */ chosen) => { begun.people = chosen; return save(begun); };
  const next = async () => { await save(begun); go("new/what"); };
  return { title: t("who.title"), back: "new/when", nav: false, content: [crumbs(begun), whoWasThere(await squad(), begun.people, me.member.id, take), action("next", next)] };
}

/** @param {import("../draft.js").Draft} begun */
async function what(begun) {
  const kind = await kindOf(begun.kind);
  const input = h("input", { type: "text", maxlength: 100, id: "place", value: begun.place });
  input.addEventListener("input", () => { begun.place = input.value; void save(begun); });
  const near = (await places()).map((place) => h("button", { type: "button", class: "chip", onclick: () => { input.value = place; begun.place = place; void save(begun); } }, place));
  const note = h("textarea", { rows: "3", maxlength: 1000, id: "summary" });
  note.value = begun.summary;
  note.addEventListener("input", () => { begun.summary = note.value; void save(begun); });
  const drawn = (/** @type {any} */ of) => detail(of, begun.details[of.name], (value) => {
    if (value === undefined) delete begun.details[of.name];
    else begun.details[of.name] = value;
    void save(begun);
  }, () => instantsOf(begun.span));
  const driven = kind.vehicles === "required"; // it is told of a vehicle, and nothing of that is by the way
  const cars = driven ? await import("../after/cars.js").then((its) => its.driven(begun, kind)).catch(() => [problem(say("later.offline"))]) : [];
  const must = fieldsOf(kind).filter((of) => of.required || driven);
  const may = fieldsOf(kind).filter((of) => !must.includes(of));
  const trouble = h("div", {});
  const next = async () => {
    const [empty, odd] = [await missing(begun), await checked(begun)];
    if (!empty.length && !odd) { await save(begun); return go("new/check"); }
    return complain(trouble, h("p", {}, empty.length ? rich("what.missing", { names: empty.map(labelOf).join("・") }) : odd));
  };
  return {
    title: t(driven ? "what.driven" : "what.title"), back: "new/who", nav: false,
    content: [
      crumbs(begun), trouble, ...cars, field(rich("fact.place"), input), near.length ? h("div", { class: "chips-row", "aria-label": t("what.near"), role: "group" }, near) : null,
      ...must.map(drawn),
      h("details", { open: Boolean(begun.summary) || may.some((of) => begun.details[of.name] !== undefined) }, h("summary", {}, rich("what.more")), field(rich("fact.summary"), note), ...may.map(drawn)),
      action("next", next),
    ],
  };
}

/** What the server would not take of its details. @param {import("../draft.js").Draft} begun */
async function checked(begun) {
  const { details, odd } = await looked(begun, instantsOf(begun.span));
  begun.details = details;
  return odd;
}

/** @param {import("../draft.js").Draft} begun */
const crumbs = (begun) => h("p", { class: "crumbs" }, begun.label);

/** @param {import("../draft.js").Draft} begun */
async function check(begun) {
  const [me, people, kind, empty] = [await store.kept("me"), await squad(), await kindOf(begun.kind), await missing(begun)];
  const there = people.filter((one) => begun.people.includes(one.id));
  const names = (/** @type {any[]} */ of) => of.map((one) => h("span", { class: "person" }, personName(one)));
  const length = begun.span.end >= 1440 ? t("time.untilNext", { time: clockOf(begun.span.end - 1440) }) : clockOf(begun.span.end);
  const row = (/** @type {string} */ key, /** @type {any} */ value, /** @type {string} */ step) => h("div", {}, h("dt", {}, rich(key)), h("dd", {}, h("span", {}, value), h("a", { class: "edit", href: `#/${step}`, "aria-label": t("edit.of", { what: t(key) }) }, rich("edit"))));
  const details = fieldsOf(kind).filter((of) => begun.details[of.name] !== undefined).map((of) => row2(of, begun.details[of.name]));
  const all = kind.vehicles === "none" ? [] : await vehicles();
  const used = all.filter((one) => begun.vehicle_ids?.includes(one.id));
  const trouble = h("div", {});
  const minutes = begun.span.end - begun.span.start;
  const submit = async () => {
    const odd = await checked(begun);
    const fault = !begun.people.length && kind.participants === "required" ? "check.nobody" : empty.length ? "check.missing" : tooEarly(instantsOf(begun.span)) ? "check.future" : null;
    if (fault || odd) return complain(trouble, h("p", {}, odd ?? rich(fault ?? "")));
    await enqueue({ id: begun.id, member_id: me.member.id, kind: "report", made_at: now(), label: begun.label, day: begun.span.day, body: bodyOf(begun, me.unit.id), photo_ids: begun.photo_ids, sent: false, problem: null }, "draft");
    return go(`sent/${begun.id}`, true);
  };
  const later = async () => {
    changed();
    // The other half of a double tap would press what stands there at home.
    await new Promise((done) => setTimeout(done, 500));
    go("");
  };
  const drop = async () => { await discard(); changed(); go(""); };
  return {
    title: t("check.title"), back: "new/what", nav: false,
    content: [
      begun.copied ? h("div", { class: "note warn", role: "status" }, icon("alert"), h("div", {}, say("check.copied", { day: shortDay(begun.copied.day) }), begun.copied.left ? say("check.left", { n: begun.copied.left }) : null)) : null,
      minutes < kind.warn_minutes || minutes > LONG ? h("div", { class: "note warn" }, icon("alert"), say("time.long", { length: duration(minutes) })) : null,
      kind.place === "expected" && !begun.place.trim() ? h("div", { class: "note warn" }, icon("alert"), say("check.noPlace")) : null,
      h("dl", { class: "facts" }, row("fact.kind", begun.label, "new/kind"), row("fact.day", longDay(begun.span.day), "new/when"), row("fact.time", `${clockOf(begun.span.start)}–${length}`, "new/when"), row("fact.who", there.length ? names(there) : t("who.nobody"), "new/who"), row("fact.place", begun.place || "–", "new/what"), all.length ? row("fact.vehicles", used.length ? [...names(used), ...there.filter((one) => one.id === begun.driver).map((one) => h("span", { class: "person" }, rich("fact.driver", { who: one.name })))] : "–", "cars") : null, begun.summary ? row("fact.summary", begun.summary, "new/what") : null, ...details),
      pictures({ ids: begun.photo_ids, reportId: begun.id, memberId: begun.member_id, change: () => save(begun), drop: async (id) => {
        begun.photo_ids.splice(begun.photo_ids.indexOf(id), 1);
        await save(begun);
        await store.write((change) => change.drop("photos", id));
      } }),
      trouble, action("submit", submit), h("div", { class: "pair" }, action("check.later", later, "second"), action("home.drop", sure(drop), "second")),
    ],
  };
}

/** @param {any} of @param {any} value */
function row2(of, value) {
  return h("div", { class: "long" }, h("dt", {}, labelOf(of)), h("dd", {}, h("span", {}, inWords(of, value)), h("a", { class: "edit", href: "#/new/what", "aria-label": t("edit.of", { what: labelOf(of) }) }, rich("edit"))));
}

/** @param {number} minutes */
const clockOf = (minutes) => `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
