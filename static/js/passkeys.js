// What a page says around a passkey: nothing where the browser knows none, and a sentence when it did not work.
// The work itself is done by django-allauth's scripts.

const parts = (name) => document.querySelectorAll(`[data-passkey="${name}"]`);
const show = (name, shown) => parts(name).forEach((part) => { part.hidden = !shown; });
// A passkey belongs to a host's name; an address of numbers has none.
const isNumber = /^[\d.]+$|^\[/.test(location.hostname);
const isKnown = Boolean(window.PublicKeyCredential) && window.isSecureContext;

show("offer", isKnown && !isNumber);
show("unknown", !isKnown || isNumber);
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  show("problem", true);
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-passkey='offer'] button")) show("problem", false);
});
