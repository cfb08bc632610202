// What makes the forms quicker; every one of them works without it.
// 1. A form is sent and its answer put in place of the page's middle, so that the reader keeps the place.
// 2. After that the focus is where the news is, never lost.
// 3. Rows are ticked all at once.
// 4. Forms that only a program can fill in get it, and passwords a box to look at them.

let shown = location.pathname + location.search;

const middle = () => document.querySelector("main");

/** Where the news of a page is: what went wrong, what was done, else its heading. */
function announce(scroll) {
  const news = document.querySelector("#problems, #said") ?? document.querySelector("h1");
  if (!news) return;
  if (!news.hasAttribute("tabindex")) news.setAttribute("tabindex", "-1");
  news.focus({ preventScroll: !scroll });
  if (scroll) window.scrollTo(0, 0);
}

/** Where one goes on by keyboard: the field that waits, its value selected so that typing replaces it. */
function goOn(field) {
  if (!field) return false;
  field.focus();
  if (field instanceof HTMLInputElement) field.select();
  field.closest("form")?.scrollIntoView({ block: "nearest" });
  return true;
}

const waits = () => document.querySelector("main [autofocus]");

/** What a form says with the button that was pressed, which Safari before 16.4 would leave out. */
function saidBy(form, button) {
  const said = new FormData(form);
  if (button?.name) said.append(button.name, button.value);
  return said;
}

/** What was said of a sheet's fields one by one, kept until the last of them: each press of Enter only moves on. */
const held = new WeakMap();

/** Keep what this form says and go to the next one; false when it was the last and all of it is to be sent. */
function hold(form, button) {
  held.set(form, saidBy(form, button));
  form.setAttribute("data-said", "");
  const next = document.querySelector("form[data-ask]:not([data-said])");
  return goOn(next?.querySelector("[data-start]") ?? next?.querySelector("[name^='value.'], [name^='said.']"));
}

/** What this form says, with all that is held. */
function all(form, button) {
  const said = saidBy(form, button);
  for (const other of document.querySelectorAll("form[data-said]")) {
    if (other === form || !form.matches("[data-ask], [data-with]")) continue;
    for (const [name, value] of held.get(other) ?? []) if (name !== "token" && name !== "version") said.append(name, value);
  }
  return said;
}

/** Programs of forms that are hidden without one. */
function equip() {
  for (const box of document.querySelectorAll("[data-shows]")) box.closest("label").hidden = false;
  for (const form of document.querySelectorAll("form[data-program]")) import(form.dataset.program).then((program) => program.ready(form));
}

/** Put the answered page in place of this one. */
async function show(answer, moved) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("main");
  if (!fresh || (answer.redirected && answer.url.includes("/console/sign-in"))) {
    location.assign(answer.url);
    return;
  }
  middle().replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  for (const part of ["header.top", "footer.foot"]) {
    const other = page.querySelector(part);
    if (other) document.querySelector(part)?.replaceWith(document.adoptNode(other));
  }
  if (moved) history.pushState({}, "", answer.url);
  shown = address();
  const problem = document.querySelector("#problems");
  if (problem || !goOn(waits())) announce(true);
  equip();
  document.dispatchEvent(new Event("console:shown"));
}

// A step taken by keyboard changes the middle only, as a form does: the focus goes to the news, not back to the top.
document.addEventListener("click", async (event) => {
  const link = event.target instanceof Element ? event.target.closest("main a[data-key]") : null;
  if (!link || event.detail || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  try {
    await show(await fetch(link.href, { credentials: "same-origin" }), true);
  } catch {
    location.assign(link.href);
  }
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== "post" || !form.closest("main") || event.defaultPrevented) return;
  if (form.hasAttribute("data-whole")) return;
  event.preventDefault();
  if (form.hasAttribute("aria-busy")) return; // pressed twice
  if (form.hasAttribute("data-ask") && hold(form, event.submitter)) return;
  form.setAttribute("aria-busy", "true");
  const said = all(form, event.submitter);
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(said), credentials: "same-origin" });
    await show(answer, true);
  } catch {
    form.removeAttribute("aria-busy");
    form.submit(); // the browser says in its own words that there is no connection
  }
});

// Back and forward ask the server again; a link within the page (to its middle, to a field) does not.
const address = () => location.pathname + location.search;
window.addEventListener("popstate", () => {
  if (address() !== shown) location.reload();
});

document.addEventListener("change", (event) => {
  const box = event.target;
  if (!(box instanceof HTMLInputElement) || !box.dataset.all) return;
  for (const one of document.querySelectorAll(`input[name="${box.dataset.all}"]`)) one.checked = box.checked;
});

// A password is shown while its box is ticked.
document.addEventListener("change", ({ target }) => {
  const field = target.dataset?.shows && document.getElementById(target.dataset.shows);
  if (field) field.type = target.checked ? "text" : "password";
});

// Work that goes on elsewhere is looked at again, until it is done.
async function follow() {
  const job = document.querySelector("[data-follow]");
  if (!job) return;
  const answer = await fetch(job.dataset.follow, { credentials: "same-origin" });
  await show(answer, answer.redirected);
}
setInterval(follow, 2500);

// A list of choices takes Enter as a line of text does.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.target instanceof HTMLSelectElement) || !event.target.form?.matches("[data-ask]")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

equip();
if (document.querySelector("#problems")) announce(false);
else if (!goOn(waits()) && document.querySelector("#said")) announce(false);
