// @ts-check
// The server as a phone sees it: often slow or out of reach, sometimes impersonated by a Wi-Fi's sign-in page.

import { setDifference } from "./clock.js";
import { practising } from "./practice.js";
import * as store from "./store.js";
import { SignedOut } from "./store.js";
import { alone } from "./tabs.js";
import { lang, t } from "./words.js";

const API = "/api/v1";
const EARLY = 60_000; // an access token is renewed before it can end on its way
const PATIENCE = 30_000;
const SLOWEST = 1; // bytes in a millisecond: what a bad network may take for a picture
const GOODBYE = 5_000;

/** Nobody knows what became of it, or the server asks for time: the same again later. */
export class NotNow extends Error {
  /** @param {string} why @param {{answered?: boolean, wait?: number}} [more] wait in milliseconds */
  constructor(why, { answered = false, wait = 0 } = {}) {
    super(why);
    this.answered = answered;
    this.wait = wait;
  }
}

/** The server read it and said no. The same again will be refused again: the person must look at it. */
export class Refused extends Error {
  /** @param {any} problem */
  constructor(problem) {
    super(problem.detail ?? problem.code);
    this.problem = problem;
  }
}

export { SignedOut };

/** @typedef {{status: number, headers: Headers, data: any}} Answer */
/**
 * A body of bytes or a form goes as it is, else as JSON. `of`: the member as whom alone it may be asked; else who is signed in now.
 * @typedef {{body?: any, headers?: Record<string, string>, token?: string, of?: string}} Said
 */

/**
 * One request, one answer that is certainly the server's and whole; NotNow else.
 * @param {string} method @param {string} path @param {Said} [said] @returns {Promise<Answer>}
 */
async function asked(method, path, { body, headers = {}, token = "" } = {}) {
  if (practising) throw new Refused({ code: "practice", title: t("practice.none"), detail: t("practice.after") });
  const plain = body === undefined || body instanceof FormData || body instanceof Uint8Array;
  const whole = { "Accept-Language": lang(), ...(plain ? {} : { "Content-Type": "application/json" }), ...headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  const began = Date.now();
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), PATIENCE + sizeOf(body) / SLOWEST);
  try {
    const answer = await fetch(path.startsWith(API) ? path : API + path, {
      method, headers: whole, body: plain ? body : JSON.stringify(body), signal: ended.signal, cache: "no-store", credentials: "omit",
    });
    const text = await answer.text();
    // Every answer of Brigade has this header. A page that a Wi-Fi or a proxy puts in its place has not.
    if (!answer.headers.has("X-Request-Id")) throw new NotNow(`somebody else answered (${answer.status})`);
    // A browser takes a head that was cut for a whole one, and then there is no body.
    if (!text && answer.status !== 204 && method !== "HEAD" && answer.headers.get("Content-Length") !== "0") throw new NotNow("cut off");
    learnTime(answer.headers, began);
    if (answer.status >= 500 || [408, 425, 429].includes(answer.status)) {
      throw new NotNow(`try later (${answer.status})`, { answered: true, wait: 1000 * (Number(answer.headers.get("Retry-After")) || 0) });
    }
    const json = (answer.headers.get("Content-Type") ?? "").includes("json");
    return { status: answer.status, headers: answer.headers, data: text && json ? JSON.parse(text) : null };
  } catch (error) {
    if (error instanceof NotNow) throw error;
    throw new NotNow(`no answer (${/** @type {Error} */ (error).name})`);
  } finally {
    clearTimeout(timer);
  }
}

/** Bytes of a picture or of a piece of one. @param {any} body @returns {number} */
function sizeOf(body) {
  if (body instanceof Uint8Array) return body.byteLength;
  const file = body instanceof FormData ? body.get("file") : null;
  return file instanceof Blob ? file.size : 0;
}

/** @param {Headers} headers @param {number} began */
function learnTime(headers, began) {
  const there = Date.parse(headers.get("Date") ?? "");
  if (there) setDifference(there - (began + Date.now()) / 2);
}

/** @param {Answer} answer @returns {Answer} */
function taken(answer) {
  if (answer.status >= 400) throw new Refused(answer.data ?? { status: answer.status, code: "refused" });
  return answer;
}

/**
 * The answer to something this device may ask. NotNow, Refused or SignedOut when it did not work.
 * @param {string} method @param {string} path @param {Said} [said] @returns {Promise<Answer>}
 */
export async function ask(method, path, { of, ...said } = {}) {
  of ??= await store.kept("owner"); // who asks now, though another one may be signed in when the tokens are there
  let tokens = await pairOf(of);
  if (Date.now() > tokens.until - EARLY) tokens = await renewed(tokens, of);
  let answer = await asked(method, path, { ...said, token: tokens.access });
  if (answer.status === 401) { // ended after all (a phone's clock may be wrong), or signed out: one renewal tells
    tokens = await renewed(tokens, of);
    answer = await asked(method, path, { ...said, token: tokens.access });
  }
  if (answer.status === 401) throw new SignedOut();
  return taken(answer);
}

/** @param {string} path @param {string} [of] @returns {Promise<any>} what a GET answers */
export const get = async (path, of) => (await ask("GET", path, { of })).data;

/** The pair of who is signed in, who must be `of` where one is named. @param {string} [of] @returns {Promise<any>} */
async function pairOf(of) {
  const [tokens, owner] = [await store.kept("tokens"), await store.kept("owner")]; // in this order: they come together
  if (!tokens || tokens.ended || (of !== undefined && owner !== of)) throw new SignedOut();
  return tokens;
}

/**
 * A new pair for the old refresh token, which stays on the disk until the new one is there: when this answer is lost,
 * the old one gives the same new pair again. One tab at a time; the others find it done.
 * Whoever signed out or in meanwhile keeps what is theirs.
 * @param {any} old @param {string} [of] @returns {Promise<any>}
 */
function renewed(old, of) {
  return alone("tokens", async () => {
    const tokens = await pairOf(of);
    if (tokens.access !== old.access) return tokens;
    const answer = await asked("POST", "/auth/refresh", { token: tokens.refresh });
    if (answer.status === 401) {
      await store.write((change) => change.edit("kept", "tokens", (now) => (now.refresh === tokens.refresh ? { ...now, ended: true } : now)));
      throw new SignedOut();
    }
    const fresh = pair(taken(answer).data);
    await store.write((change) => change.edit("kept", "tokens", (now) => (now.refresh === tokens.refresh ? fresh : now)));
    return fresh;
  });
}

/** What to keep of a pair, and until when the first is good by this phone's own clock. @param {any} answer */
const pair = (answer) => ({ access: answer.access_token, refresh: answer.refresh_token, until: Date.now() + answer.expires_in * 1000 });

/**
 * Signs in. Refused for a wrong login or password, and with `second-factor-required` when a code is needed too.
 * @param {{login: string, password: string, device_name: string, otp?: string}} said
 */
export async function signIn(said) {
  // A device that was signed in before says so, and is not held up by a stranger who tries passwords.
  const before = await store.kept("tokens");
  await begin(taken(await asked("POST", "/auth/login", { body: said, token: before?.refresh })).data);
}

/**
 * Signs in by a passkey. @param {string} start where the server says what is to be signed @param {string} end where it takes that
 * @param {(options: any) => Promise<any>} sign @param {string} device_name
 */
export async function signInWith(start, end, sign, device_name) {
  const credential = await sign(taken(await asked("POST", start)).data.options);
  await begin(taken(await asked("POST", end, { body: { credential, device_name } })).data);
}

/** Whom a code on a card is for. @param {string} code @returns {Promise<{name: string, login: string | null, purpose: string}>} */
export const invited = async (code) => taken(await asked("GET", `/auth/invitations/${encodeURIComponent(code)}`)).data;

/** Takes the invitation and signs in. @param {string} code @param {{password: string, device_name: string}} said */
export async function joinBy(code, said) {
  await begin(taken(await asked("POST", `/auth/invitations/${encodeURIComponent(code)}`, { body: said })).data);
}

/** This phone is that person's from now on. What the server told somebody else goes, what they began waits. @param {any} answer */
async function begin(answer) {
  const tokens = pair(answer);
  const me = taken(await asked("GET", "/me", { token: tokens.access })).data;
  const before = await store.kept("owner");
  await store.write((change) => {
    if (before !== me.member.id) {
      change.clear("known");
      // One is at hand; those of other people wait aside.
      change.edit("kept", "draft", (one) => (one.member_id === me.member.id ? one : change.put("kept", `draft/${one.member_id}`, one)));
      change.edit("kept", `draft/${me.member.id}`, (one) => change.put("kept", "draft", one));
      for (const name of ["cursor", "absent", "inbox", "unread", "push"]) change.drop("kept", name);
    }
    change.put("kept", "tokens", tokens);
    change.put("kept", "me", me);
    change.put("kept", "owner", me.member.id);
  });
}

/**
 * Signs this device out, here in any case, on the server where it can be reached. What the server told goes; what was
 * not sent stays for the same person unless `everything` is to go.
 * @param {boolean} everything
 */
export async function signOut(everything) {
  const told = ask("POST", "/auth/logout").catch(() => undefined);
  await Promise.race([told, new Promise((resolve) => setTimeout(resolve, GOODBYE))]);
  const worker = await navigator.serviceWorker?.getRegistration();
  await worker?.pushManager?.getSubscription().then((one) => one?.unsubscribe()).catch(() => undefined); // no notice for who has left
  const owner = await store.kept("owner");
  const mine = (await store.all("queue")).filter((item) => item.member_id === owner);
  const photos = (await store.all("photos")).filter((photo) => photo.member_id === owner);
  await store.write((change) => {
    change.clear("known");
    for (const name of ["tokens", "me", "cursor", "absent", "inbox", "unread", "push", "synced_at"]) change.drop("kept", name);
    if (everything) {
      for (const item of mine) change.drop("queue", item.id);
      for (const photo of photos) change.drop("photos", photo.id);
      for (const name of ["draft", "owner", IDBKeyRange.bound(store.fixingOf(owner), store.fixingOf(owner, "\uffff"))]) change.drop("kept", name);
    }
  });
}
