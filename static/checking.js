/* Checks a sample from the keyboard: 1 is right, 2 is wrong (its words first). Without scripts the
   page works by its two buttons. */
(() => {
  "use strict";
  const form = document.querySelector("[data-verdict]");
  if (!form) return;
  const words = form.elements.words;
  const button = (verdict) => form.querySelector(`button[value="${verdict}"]`);

  document.addEventListener("keydown", (event) => {
    // A key held down judges one case, not the next ones too.
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === "1") button("right").click();
    else if (event.key === "2" && words.value.trim()) button("wrong").click();
    else if (event.key === "2") words.focus();
    else return;
    event.preventDefault();
  });

  // A second click sends nothing: the next case is on its way.
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => { delete form.dataset.sent; });
})();
