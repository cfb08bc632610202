// @ts-check
// Practice: the app on a store of its own, with made-up things to do, and nothing is ever sent. One is there by the address.

/** Whether this is practice. */
export const practising = new URLSearchParams(location.search).has("practice");

/** The address that begins it, and the one that ends it. */
export const [BEGIN, END] = ["/phone/?practice", "/phone/"];
