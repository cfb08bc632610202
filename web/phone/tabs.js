// @ts-check
// More tabs than one: things only one of them may do at a time, and word to the others when something changed.

/** @type {Map<string, Promise<any>>} */
const ours = new Map();

/**
 * Alone among all tabs. Where a browser has no locks (a page that is not secure) alone in this one.
 * @template T @param {string} name @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function alone(name, work) {
  if (navigator.locks) return navigator.locks.request(`brigade-${name}`, () => work());
  const before = ours.get(name) ?? Promise.resolve();
  const mine = before.catch(() => undefined).then(work);
  ours.set(name, mine);
  return mine;
}

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("brigade-phone") : null;
const here = new EventTarget();
if (channel) channel.onmessage = () => here.dispatchEvent(new Event("change"));

/** Something that screens show has changed. */
export function changed() {
  here.dispatchEvent(new Event("change"));
  channel?.postMessage("change");
}

/** @param {() => void} work */
export const onChange = (work) => here.addEventListener("change", work);
