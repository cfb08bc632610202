// @ts-check
// Notices by mail: the address, the code that was mailed there, and no more of it.

import { ask, get } from "../api.js";
import { attempt } from "../asking.js";
import { action, field, say } from "../controls.js";
import { h, icon } from "../dom.js";
import { go } from "../frame.js";
import { rich } from "../words.js";

/** What this person may do about mail; nothing where the server sends none. @returns {Promise<Node | null>} */
export async function byMail() {
  const { version, language, email, email_waiting: waiting, email_fails: fails, mail, push, quiet_from, quiet_to, digest_hour, mail_is_on: sent } = await get("/me/notice-settings");
  if (!sent) return null;
  const trouble = h("div", {});
  /** @param {() => Promise<unknown>} work */
  const then = (work) => attempt(trouble, async () => { await work(); go("telling"); });
  /** @param {string | null} address */
  const put = (address) => ask("PUT", "/me/notice-settings", { headers: { "If-Match": `"${version}"` }, body: { language, email: address, mail, push, quiet_from, quiet_to, digest_hour } });
  const end = action("mail.end", then(() => put(null)), "second");
  const card = (/** @type {(Node | null)[]} */ ...content) => h("section", { class: "card" }, h("h2", {}, rich("mail.title")), ...content);
  if (waiting) {
    const code = h("input", { type: "text", inputmode: "numeric", autocomplete: "one-time-code", id: "code" });
    return card(say("mail.sent", { email: waiting }), field(rich("mail.code"), code), trouble,
      action("mail.confirm", then(() => ask("POST", "/me/email/confirm", { body: { code: code.value.trim() } }))),
      action("mail.again", then(() => ask("POST", "/me/email/code")), "second"), end);
  }
  if (email) return card(h("div", { class: "note good", role: "status" }, icon("check"), h("div", {}, say("mail.on", { email }))), fails ? h("div", { class: "note warn" }, icon("alert"), h("div", {}, say("mail.fails"))) : null, trouble, end);
  const address = h("input", { type: "email", inputmode: "email", autocomplete: "email", id: "email", maxlength: "254" });
  return card(say("mail.what"), field(rich("mail.address"), address), trouble, action("mail.go", then(() => put(address.value.trim())), "second"));
}
