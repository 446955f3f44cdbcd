/* Keeps what a person types in a section of the form, whatever happens to line and session.
   htmx saves it; this file tells when that failed, tries again, and keeps a copy on the device
   until a save succeeded. Without scripts the page works by its Save button. */
(() => {
  "use strict";
  const RETRY_MS = 10000;
  const OURS = ["csrfmiddlewaretoken", "revision", "tab"];
  const show = (id, is_shown) => { const box = document.getElementById(id); if (box) box.hidden = !is_shown; };
  const form = () => document.getElementById("section-form");
  let retry = 0;

  const store = {
    read(key) { try { return JSON.parse(localStorage.getItem("filing:" + key)); } catch { return null; } },
    write(key, typed) { try { localStorage.setItem("filing:" + key, JSON.stringify(typed)); } catch { /* full, or not allowed: the page still holds it */ } },
    drop(key) { try { localStorage.removeItem("filing:" + key); } catch { /* not allowed */ } },
  };
  const typed = (from) => [...new FormData(from)].filter(([name, value]) => typeof value === "string" && !OURS.includes(name));

  function failed(is_signed_out) {
    show("offline", !is_signed_out);
    show("signed-out", is_signed_out);
    clearTimeout(retry);
    if (!is_signed_out) retry = setTimeout(again, RETRY_MS);
  }
  function again() { if (form()) form().dispatchEvent(new Event("retry")); }
  function saved() {
    clearTimeout(retry);
    show("offline", false);
    show("signed-out", false);
    store.drop(form().dataset.kept);
  }

  function put_back(values) {
    const fields = form().elements;
    for (const field of fields) {
      if (["checkbox", "radio"].includes(field.type)) field.checked = values.some(([name, value]) => name === field.name && value === field.value);
    }
    for (const [name, value] of values) {
      const field = fields.namedItem(name);
      if (field && "value" in field && !["checkbox", "radio", "submit"].includes(field.type)) field.value = value;
    }
    again();
  }

  function offer() {
    const kept = store.read(form().dataset.kept);
    if (!kept || JSON.stringify(kept) === JSON.stringify(typed(form()))) { store.drop(form().dataset.kept); return; }
    show("offer", true);
    document.getElementById("offer-take").addEventListener("click", () => { show("offer", false); put_back(kept); });
    document.getElementById("offer-drop").addEventListener("click", () => { show("offer", false); store.drop(form().dataset.kept); });
  }

  /* A page that is saved by its buttons alone: what was sent and has made another revision is
     saved. What comes back as it was typed stands on the page, and is kept as it stands there. */
  function settle() {
    const { kept, posted } = form().dataset, sent = store.read(kept + ":sent");
    store.drop(kept + ":sent");
    if (sent !== null && sent !== form().elements.revision.value) store.drop(kept);
    if (posted) store.write(kept, typed(form()));
  }

  document.addEventListener("submit", (event) => {
    const sent = event.target.closest("#section-form[data-posted]");
    if (sent) store.write(sent.dataset.kept + ":sent", sent.elements.revision.value);
  });
  document.addEventListener("input", (event) => {
    const from = event.target.closest("#section-form");
    if (from) store.write(from.dataset.kept, typed(from));
  });
  document.addEventListener("filing-saved", saved);
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(name, () => failed(false));
  document.addEventListener("htmx:beforeSwap", (event) => {
    // A session that has ended answers with the page to sign in.
    const answered = event.detail.xhr.responseURL;
    if (answered && new URL(answered).pathname !== location.pathname) { event.detail.shouldSwap = false; failed(true); }
  });
  window.addEventListener("online", again);
  document.addEventListener("DOMContentLoaded", () => {
    if (!form()) return;
    store.drop(form().dataset.saved);
    if ("posted" in form().dataset) settle();
    offer();
  });
})();
