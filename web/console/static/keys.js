// Single keys for those who work without a mouse. A control says its key with data-key; here it is pressed.
// They work while the focus is in the page's middle and not in a field (WCAG 2.1.4); where nothing has the focus yet,
// only those that lead into it. The help page lists them and switches them off: then this file is not loaded.

const FIELDS = "input, textarea, select, [contenteditable], dialog";
const LEAD_IN = ["j", "k", "?"];
const HELP = "/console/help";

const middle = () => document.querySelector("main");
const rowOf = (one) => one?.closest(".row-in, tr") ?? null;
const rows = () => [...middle().querySelectorAll(".row-in > [data-key=o], tr [data-key=o]")];

let place = ""; // the address of the row where one goes on in a list
let list = ""; // the list that one came from, with its tab
let back = false; // on the way to it

/** To the next row or the one before; from outside the list to where one was in it. */
function move(step) {
  const all = rows();
  const here = all.indexOf(rowOf(document.activeElement)?.querySelector("[data-key=o]"));
  const kept = Math.max(0, all.findIndex((link) => link.pathname === place));
  all[here < 0 ? kept : Math.min(Math.max(here + step, 0), all.length - 1)]?.focus();
}

/** Remember where one goes on: a row that is opened is come back to, one that is decided gives way to the next. */
function leave(row, key) {
  const all = rows();
  const here = all.indexOf(row.querySelector("[data-key=o]"));
  place = (key === "a" ? (all[here + 1] ?? all[here - 1]) : all[here])?.pathname ?? "";
  list = location.href;
}

/** Press the control of this key: that of the row with the focus, else that of the page. */
function press(key) {
  const named = `[data-key="${key}"]`;
  const row = rowOf(document.activeElement);
  const control = row?.querySelector(named) ?? [...middle().querySelectorAll(named)].find((one) => !rowOf(one));
  if (!control) return false;
  if (rowOf(control)) leave(row, key);
  if (key === "u" && list && control.pathname === new URL(list).pathname) {
    control.href = list;
    back = true;
  }
  control.click();
  return true;
}

/** The list of keys as the help page has it, over this page; closed, the focus is where it was. */
async function tell() {
  const answer = await fetch(HELP, { credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const keys = page.querySelector("#keys");
  if (!keys) return location.assign(HELP);
  const dialog = document.createElement("dialog");
  keys.querySelector("form[data-whole]")?.remove();
  const close = keys.querySelector("[hidden]");
  close.hidden = false;
  close.addEventListener("click", () => dialog.close());
  const title = keys.querySelector("h2");
  title.id = "keys-title";
  title.tabIndex = -1; // read from the top, not from the button at its end
  dialog.setAttribute("aria-labelledby", "keys-title");
  dialog.append(...document.adoptNode(keys).childNodes);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  title.focus();
}

document.addEventListener("keydown", (event) => {
  const at = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat || !(at instanceof Element)) return;
  const key = event.key.toLowerCase();
  const isInside = middle().contains(at) && !at.closest(FIELDS);
  if (!isInside && !(at === document.body && LEAD_IN.includes(key))) return;
  if (key === "?") tell();
  else if (key === "j" || key === "k") move(key === "j" ? 1 : -1);
  else if (key.length !== 1 || !/[a-z0-9]/.test(key) || event.shiftKey || !press(key)) return;
  event.preventDefault();
});

/** Every control tells what its key is. */
function tag() {
  for (const one of middle().querySelectorAll("[data-key]")) one.setAttribute("aria-keyshortcuts", one.dataset.key.toUpperCase());
}

document.addEventListener("console:shown", () => {
  tag();
  if (back) rows().find((link) => link.pathname === place)?.focus();
  back = false;
});
tag();
