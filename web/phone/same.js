// @ts-check
// Whether what the server has is what was sent.

/**
 * All that was sent is there. An object may have more fields there, an instant another offset, and texts come back
 * without blanks around them.
 * @param {any} there @param {any} sent @returns {boolean}
 */
export function same(there, sent) {
  if (Array.isArray(sent)) return Array.isArray(there) && there.length === sent.length && sent.every((one, place) => same(there[place], one));
  if (sent && typeof sent === "object") return Boolean(there) && typeof there === "object" && Object.keys(sent).every((name) => same(there[name], sent[name]));
  if (there === sent) return true;
  if (typeof sent !== "string" || typeof there !== "string") return false;
  if (there === tidied(sent)) return true;
  return INSTANT.test(sent) && INSTANT.test(there) && Date.parse(sent) === Date.parse(there);
}

const INSTANT = /^\d{4}-\d\d-\d\dT/;

/** A text as the server stores it: ends of lines as one sign, a tab as a blank, no blanks around it. @param {string} text */
const tidied = (text) => text.replace(/\r\n?/g, "\n").replace(/\t/g, " ").trim();
