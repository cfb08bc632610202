// @ts-check
// M1: what is to be put right, what was on, what is to come, and a report of anything else.

import { sure } from "../asking.js";
import { addDays, dayOf, now, timeOf } from "../clock.js";
import { action, way } from "../controls.js";
import { draft, discard } from "../draft.js";
import { h, icon } from "../dom.js";
import { go } from "../frame.js";
import { leads, leadsOwn, openEvents, remarksOf, returned } from "../known.js";
import * as store from "../store.js";
import { changed } from "../tabs.js";
import { fromTo, rich, shortDay, t } from "../words.js";

const BACK = 21; // days for which an event is offered
const AHEAD = 10;

export async function home() {
  const at = now();
  const [back, events, begun, synced] = [await returned(), await openEvents(at - BACK * 86_400_000, at + AHEAD * 86_400_000), await draft(), await store.kept("synced_at")];
  const over = events.filter((event) => Date.parse(event.started_at) <= at);
  const open = over.filter((event) => !event.absent);
  const away = over.filter((event) => event.absent);
  const ahead = events.filter((event) => Date.parse(event.started_at) > at);
  const [me, desk] = [await store.kept("me"), await store.kept("inbox")];
  // Only iPhones and iPads know this word: they show a page, not what was put on the home screen.
  const loose = /** @type {any} */ (navigator).standalone === false && synced;
  const loading = !synced && !events.length && !back.length;
  return {
    title: t("home.title"), nav: true, live: true,
    content: [
      ...(await Promise.all(back.map(returnedCard))),
      desk?.waiting ? h("a", { class: "card info", href: "#/inbox", id: "to-inbox" }, h("p", { class: "what" }, rich("home.inbox", { n: desk.waiting })), h("p", { class: "go" }, h("span", {}, rich("home.look")), icon("next"))) : null,
      begun ? draftCard(begun) : null,
      ...open.reverse().map((event) => eventCard(event, leadsOwn(me))),
      loading ? h("p", { class: "empty", role: "status" }, rich(navigator.onLine ? "loading" : "home.notYet")) : null,
      !loading && !open.length && !back.length ? h("p", { class: "empty" }, rich("home.empty")) : null,
      way("home.new", "new", "main", "plus"),
      loose ? await import("../after/install.js").then((its) => its.advice()).catch(() => null) : null,
      leads(me) && !desk?.waiting ? way("home.desk", "inbox", "quiet", "check") : null,
      ahead.length ? h("section", {}, h("h2", {}, rich("home.ahead")), ...ahead.map(aheadRow), way("calendar.title", "calendar", "quiet", "calendar")) : null,
      away.length ? h("details", {}, h("summary", {}, rich("home.away", { n: away.length })), ...away.map(awayRow)) : null,
    ],
  };
}

/** @param {any} report */
async function returnedCard(report) {
  const said = await remarksOf(report.id);
  return h("a", { class: "card warn", href: `#/fix/${report.id}`, id: `returned-${report.id}` },
    h("p", { class: "status" }, icon("alert"), h("span", {}, rich("home.returned"))),
    h("p", { class: "what" }, report.kind_label, " ", shortDay(dayOf(report.started_at))),
    said?.comment ? h("p", { class: "quote" }, said.comment) : null,
    h("p", { class: "go" }, h("span", {}, rich("home.fix")), icon("next")));
}

/** @param {import("../draft.js").Draft} begun */
function draftCard(begun) {
  const drop = async () => { await discard(); changed(); };
  return h("section", { class: "card info" },
    h("p", { class: "status" }, icon("pen"), h("span", {}, rich("home.draft"))), h("p", { class: "what" }, begun.label, " ", shortDay(begun.span.day)),
    h("div", { class: "pair" }, way("home.goOn", "new/check", "main"), action("home.drop", sure(drop), "second")));
}

/** @param {any} event @param {boolean} roster whether one enters for the others, too */
function eventCard(event, roster) {
  const absent = async () => { await markAbsent(event.id, true); };
  return h("section", { class: "card" },
    h("p", { class: "day" }, when(event)), h("h2", { class: "what" }, event.title),
    h("p", { class: "where" }, `${fromTo(event)}　${event.place}`),
    h("div", { class: "pair" },
      h("a", { class: "button main", href: `#/event/${event.id}`, id: `went-${event.id}` }, h("span", {}, rich("home.went"))),
      h("button", { type: "button", class: "button second", id: `away-${event.id}`, onclick: absent }, h("span", {}, rich("home.wasNot")))),
    roster ? h("a", { class: "button second", href: `#/roster/${event.id}`, id: `roster-${event.id}` }, h("span", {}, rich("home.roster"))) : null);
}

/** "今日 11月28日（土）" @param {any} event */
function when(event) {
  const [day, today] = [dayOf(event.started_at), dayOf(now())];
  const near = day === today ? `${t("day.today")} ` : day === addDays(today, -1) ? `${t("day.yesterday")} ` : "";
  return near + shortDay(day);
}

/** @param {any} event */
const aheadRow = (event) => h("div", { class: "row" }, h("p", { class: "day" }, when(event), " ", timeOf(event.started_at)), h("p", {}, event.title, "　", event.place));

/** @param {any} event */
const awayRow = (event) => h("div", { class: "row" }, h("p", {}, when(event), "　", event.title),
  h("button", { type: "button", class: "button second", onclick: async () => { await markAbsent(event.id, false); go(`event/${event.id}`); } }, rich("home.wentAfterAll")));

/** Only on this phone: the card is put away. @param {string} id @param {boolean} absent */
async function markAbsent(id, absent) {
  await store.keep("absent", { ...(await store.kept("absent")), [id]: absent });
  changed();
}
