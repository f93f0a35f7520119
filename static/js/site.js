// Small comforts. Every page works without this file.

// A form is sent once: a second click while it travels does nothing. A download leaves the page standing,
// so the form opens again after a while.
const TRAVEL_MILLISECONDS = 8000;
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, TRAVEL_MILLISECONDS);
});
// Coming back with the browser's button: forms may be sent again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target instanceof HTMLFormElement) delete event.target.dataset.sent;
});

// Menus close with Escape, and when the attention goes elsewhere.
const menus = () => document.querySelectorAll("details.user-menu[open], details.site-menu[open]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  menus().forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});
document.addEventListener("click", (event) => {
  menus().forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

// A link of the error summary moves the focus, not only the page.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.scrollIntoView({ block: "center" });
});

// What can be printed has a button for it, where there is a script to press it.
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

// What opens in another tab may change this page: it is loaded again when its reader comes back to it.
document.querySelectorAll("[data-refresh-on-return]").forEach((form) => {
  form.addEventListener("submit", () => {
    const refresh = () => {
      if (document.visibilityState === "visible") window.location.reload();
    };
    document.addEventListener("visibilitychange", refresh);
  });
});
