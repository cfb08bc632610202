// @ts-check
// M6: how it is to look, this phone, signing out.

import { signOut } from "../api.js";
import { question } from "../asking.js";
import { passkeysHere } from "../browser.js";
import { action, choice, say, way } from "../controls.js";
import { h } from "../dom.js";
import { go } from "../frame.js";
import { practising } from "../practice.js";
import { waiting } from "../queue.js";
import { change, settings as chosen, SIZES } from "../settings.js";
import * as store from "../store.js";
import { personName, rich, t } from "../words.js";

export async function settings() {
  const [now, me, device, items, draft] = [await chosen(), await store.kept("me"), await store.kept("device"), await waiting(), await store.kept("draft")];
  const sizes = SIZES.map((size) => ({ value: String(size), label: h("span", {}, rich(`settings.size.${size}`)) }));
  const unsent = items.length + (draft ? 1 : 0);
  return {
    title: t("settings.title"), nav: true, live: true,
    content: [
      way("help.title", "help", "second", "help"),
      practising ? null : way("settings.notices", "telling", "second", "bell"),
      practising ? null : way("calendar.title", "calendar", "second", "calendar"),
      choice({ legend: rich("settings.size"), options: sizes, chosen: [String(now.size)], name: "size", change: ([size]) => change({ size: Number(size) }) }),
      choice({ legend: rich("settings.furigana"), options: [{ value: "yes", label: rich("settings.on") }, { value: "no", label: rich("settings.off") }], chosen: [now.furigana ? "yes" : "no"], name: "furigana", kind: "chips", change: ([on]) => change({ furigana: on === "yes" }) }),
      choice({ legend: h("span", {}, "言葉 / ", h("span", { lang: "en" }, "Language")), options: [{ value: "ja", label: "日本語" }, { value: "en", label: h("span", { lang: "en" }, "English") }], chosen: [now.lang], name: "lang", kind: "chips", change: ([lang]) => change({ lang }) }),
      practising ? null : h("section", {}, h("h2", {}, rich("settings.device")), h("p", {}, personName(me.member), device ? `　${device}` : ""), h("p", { class: "hint" }, rich("settings.kept")),
        way("settings.devices", "devices"), way("settings.password", "password"), passkeysHere() ? way("settings.passkeys", "passkeys") : null, way("settings.requests", "requests"),
        action("settings.out", () => leave(unsent), "second")),
    ],
  };
}

/** Where nothing waits, out; else a clear question. @param {number} unsent */
async function leave(unsent) {
  if (!unsent) return out(false);
  return question(t("leave.title", { n: unsent }), [say("leave.lead")], (close) => [
    action("leave.keep", async () => { close(); await out(false); }),
    action("leave.drop", async () => { close(); await out(true); }, "danger"),
  ]);
}

/** @param {boolean} everything */
async function out(everything) {
  await signOut(everything);
  go("signin", true);
}
