// @ts-check
// Ids made on the phone, and hashes of what it sends. A page that is not secure has no crypto.subtle: then no hash.

/** A random UUID. @returns {string} */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = hexOf(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** SHA-256 in hex, or "" where the browser gives none. @param {ArrayBuffer} data @returns {Promise<string>} */
export async function sha256(data) {
  return crypto.subtle ? hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", data))) : "";
}

/** @param {Uint8Array} bytes */
export const hexOf = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Base64 of bytes or of a short text. @param {string | Uint8Array} said */
export const base64 = (said) => btoa(String.fromCharCode(...(typeof said === "string" ? new TextEncoder().encode(said) : said)));
