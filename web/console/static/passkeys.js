// Passkeys: the browser's authenticator signs what the server asks for, and the form takes the signature there. Fetched by
// console.js where a page has such a form; until then the form is hidden, and the password works without.

const able = () => "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential && "parseCreationOptionsFromJSON" in PublicKeyCredential;

/** What the authenticator gives, as text; nothing where the server leads elsewhere first. */
async function given(form) {
  const body = new URLSearchParams({ token: form.elements.token.value });
  const answer = await fetch(form.dataset.options, { method: "POST", body, credentials: "same-origin" });
  if (answer.redirected) return location.assign(answer.url); // to prove again who one is
  if (!answer.ok) throw new DOMException("refused", "NotAllowedError");
  const options = await answer.json();
  const made = form.dataset.passkey === "create"
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return JSON.stringify((await made).toJSON());
}

/** Say why nothing came of it: the person, the authenticator or time said no, or there is one already. */
function tell(form, why) {
  for (const one of form.querySelectorAll("[data-why]")) one.hidden = one.dataset.why !== why;
}

async function send(event) {
  event.preventDefault();
  const form = event.target;
  if (form.hasAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  tell(form, "");
  try {
    const credential = await given(form);
    if (!credential) return;
    form.elements.credential.value = credential;
    form.submit();
  } catch (error) {
    tell(form, error.name === "InvalidStateError" ? "there" : "stopped");
  } finally {
    form.removeAttribute("aria-busy");
  }
}

/** Show the form where this browser can fill it in, and hide what stands there for those that cannot. */
export function ready(form) {
  if (!able() || !form.hidden) return;
  form.hidden = false;
  const instead = form.parentElement.querySelector("[data-without]");
  if (instead) instead.hidden = true;
  form.addEventListener("submit", send);
}
