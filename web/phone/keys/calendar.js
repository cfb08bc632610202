// @ts-check
// The secret address under which one's own calendar program fetches what is planned: made, copied, opened, made anew, stopped.
// It opens without signing in and the server keeps no copy of it, so it is shown once and kept nowhere.

import { ask, get } from "../api.js";
import { answered, attempt, question } from "../asking.js";
import { dayOf } from "../clock.js";
import { action, field, problem, say, way } from "../controls.js";
import { h, icon } from "../dom.js";
import { longDay, rich, t } from "../words.js";

const FEED = "/me/calendar-feed";

export const calendar = () => answered({ title: t("calendar.title"), back: "settings", nav: true }, "calendar", async () => {
  const { exists, created_at: since, last_used_on: used } = await get(FEED);
  const trouble = h("div", {});
  const make = attempt(trouble, async () => handed(trouble, (await ask("POST", FEED)).data.url));
  const stop = attempt(trouble, async () => {
    await ask("DELETE", FEED);
    shown(trouble, h("div", { class: "note good large", role: "status", tabindex: "-1" }, icon("check"), h("div", {}, say("feed.stopped"))), way("back", "settings"));
  });
  const told = [say("feed.what"), say("feed.holds"), secret()];
  if (!exists) return [...told, byComputer(), trouble, action("feed.make", make, "main", "calendar")];
  return [
    h("div", { class: "note info" }, icon("check"), h("div", {}, say("feed.is", { day: longDay(dayOf(since)) }), used ? say("feed.used", { day: longDay(used) }) : say("feed.unused"), say("feed.gone"))),
    ...told, trouble,
    action("feed.new", () => sure("feed.new.sure", "feed.new.lead", "feed.new.yes", make), "second"),
    action("feed.stop", () => sure("feed.stop.sure", "feed.stop.lead", "feed.stop.yes", stop), "danger"),
  ];
});

/** @param {string} title @param {string} lead @param {string} yes @param {() => Promise<void>} work */
const sure = (title, lead, yes, work) => question(t(title), [say(lead)], (close) => [
  action(yes, async () => { close(); await work(); }, "danger"),
]);

/** iPhone, iPad and Mac take a calendar by a link; Android and Windows do not. */
const byLink = () => /iPhone|iPad|Macintosh/.test(navigator.userAgent);

const secret = () => h("div", { class: "note warn" }, icon("alert"), h("div", {}, say("feed.secret"), say("feed.ends")));

/** How Google's calendar takes it; an iPhone has its own. */
const byComputer = () => (/iPhone|iPad/.test(navigator.userAgent) ? null : h("section", { class: "card" }, h("h2", {}, rich("feed.computer")), say("feed.computer.1"), say("feed.computer.2"), say("feed.computer.3")));

/** The new address, this once. @param {HTMLElement} place @param {string} url */
function handed(place, url) {
  const address = h("textarea", { rows: "2", readonly: true, id: "address", autocomplete: "off", spellcheck: "false", value: url });
  const said = h("div", { role: "status" });
  const copy = async () => {
    said.replaceChildren(await copied(address) ? h("div", { class: "note good" }, icon("check"), h("div", {}, say("feed.copied"))) : problem(say("feed.uncopied")));
    said.scrollIntoView({ block: "center" }); // not behind the places at the foot
  };
  const open = h("a", { class: "button main", id: "open-calendar", href: url.replace(/^https?/, "webcal") }, icon("calendar"), h("span", {}, rich("feed.open")));
  const made = h("div", { class: "note good", role: "status", tabindex: "-1" }, icon("check"), h("div", {}, say("feed.made")));
  shown(place, made, ...(byLink() ? [open, say("feed.opened")] : []), field(rich("feed.address"), address),
    action("feed.copy", copy, byLink() ? "second" : "main"), said, secret(), byComputer());
  while (address.scrollHeight > address.clientHeight && address.rows < 12) address.rows += 1; // all of it, also in large text
}

/** In place of the screen, with the focus; not where the person has gone on meanwhile. @param {HTMLElement} place @param {HTMLElement} first @param {(Node | null)[]} rest */
function shown(place, first, ...rest) {
  if (!place.isConnected) return;
  place.closest("main")?.replaceChildren(...[first, ...rest].filter((part) => part !== null));
  scrollTo(0, 0);
  first.focus();
}

/** Whether it was copied: a page that is not secure has to do it as in former times. @param {HTMLTextAreaElement} address */
async function copied(address) {
  try {
    await navigator.clipboard.writeText(address.value);
    return true;
  } catch {
    address.select();
    return document.execCommand("copy");
  }
}
