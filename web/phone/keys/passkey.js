// @ts-check
// Passkeys: the phone checks face, finger or its own number, and signs. What the server says as text the browser wants as
// bytes, and the other way round; newer browsers can do that by themselves, the phones of many members cannot yet.

import { ask, Refused, signInWith } from "../api.js";
import { t } from "../words.js";

/** @param {string} text base64url @returns {Uint8Array<ArrayBuffer>} */
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));

/** @param {ArrayBuffer} buffer @returns {string} base64url */
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** @param {{id: string}[] | undefined} keys */
const described = (keys = []) => keys.map((key) => ({ type: /** @type {const} */ ("public-key"), id: bytes(key.id) }));

/** A new passkey. @param {any} options of the server @returns {Promise<any>} for the server */
const made = (options) => credential(navigator.credentials.create({
  publicKey: { ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) }, excludeCredentials: described(options.excludeCredentials) },
}));

/** A signature by one that is there. @param {any} options @returns {Promise<any>} */
const given = (options) => credential(navigator.credentials.get({
  publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: described(options.allowCredentials) },
}));

/** @param {Promise<Credential | null>} asked */
async function credential(asked) {
  try {
    const { id, rawId, type, response } = /** @type {any} */ (await asked);
    const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].filter((name) => response[name]);
    return { id, rawId: text(rawId), type, response: Object.fromEntries(parts.map((name) => [name, text(response[name])])), clientExtensionResults: {} };
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    const [title, detail] = error.name === "InvalidStateError" ? ["passkey.there", "passkey.there.do"] : ["passkey.stopped", "passkey.stopped.do"];
    throw new Refused({ code: "passkey-stopped", title: t(title), detail: t(detail) }); // the person, the phone, or time said no
  }
}

/** @param {string} device what this phone is called */
export const signIn = (device) => signInWith("/auth/passkeys/sign-in/options", "/auth/passkeys/sign-in", given, device);

/**
 * By a card. After a lost answer the code may be used up already, and then the passkey that was made signs in.
 * @param {string} code @param {string} device @param {boolean} again
 */
export async function join(code, device, again) {
  const where = `/auth/invitations/${encodeURIComponent(code)}`;
  try {
    await signInWith(`${where}/passkey`, where, made, device);
  } catch (error) {
    if (!again || !(error instanceof Refused) || error.problem.code !== "invitation-unknown") throw error;
    await signIn(device);
  }
}

/** One more for who is signed in. @param {string} name @returns {Promise<string[]>} recovery codes, where it is the first */
export async function add(name) {
  const { options } = (await ask("POST", "/auth/passkeys/options")).data;
  return (await ask("POST", "/auth/passkeys", { body: { name, credential: await made(options) } })).data.recovery_codes;
}

/** It is still the same person who holds this phone. */
export async function prove() {
  const { options } = (await ask("POST", "/auth/step-up/options")).data;
  await ask("POST", "/auth/step-up", { body: { credential: await given(options) } });
}
