// @ts-check
// Another password, or the first one for who joined with a passkey.

import { ask, get } from "../api.js";
import { answered } from "../asking.js";
import { action, passwordField, say, way } from "../controls.js";
import { h, icon } from "../dom.js";
import { rich, t } from "../words.js";
import { guarded } from "./proof.js";

export const password = () => answered({ title: t("password.title"), back: "settings", nav: false }, "password", async () => {
  const { has_password: has } = await get("/auth/second-factors");
  const trouble = h("div", {});
  const [old, fresh] = [passwordField("current-password", "password.old", null, "old"), passwordField("new-password", "join.password", rich("join.password.hint"))];
  const change = guarded(trouble, async () => {
    const body = { new_password: fresh.input.value, ...(has ? { old_password: old.input.value } : {}) };
    await ask("POST", "/auth/password", { body });
    const told = h("div", { class: "note good large", role: "status", tabindex: "-1" }, icon("check"), h("div", {}, say("password.done")));
    trouble.closest("main")?.replaceChildren(told, way("back", "settings")); // of this screen: who has gone on sees another
    told.focus();
  });
  return [say(has ? "password.lead" : "password.first"), has ? old.row : null, fresh.row, trouble, action("password.go", change)];
});
