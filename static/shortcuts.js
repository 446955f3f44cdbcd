/* Keys of a page: a link or a button with data-shortcut="a" answers to that key. A link is followed.
   A button's form is opened, as the page that asks: no key alone decides anything. A button that
   decides nothing may say data-shortcut-press, and is pressed. Without scripts all are clicked. */
(() => {
  "use strict";
  const help = document.querySelector("[data-shortcuts]");
  const wanted = [...document.querySelectorAll("[data-shortcut]")];
  if (!help || !wanted.length) return;
  const isOn = help.querySelector("input");

  const list = help.querySelector("span");
  for (const [place, element] of wanted.entries()) {
    const key = document.createElement("kbd");
    key.textContent = element.dataset.shortcut.toUpperCase();
    list.append(place ? " · " : "", key, ` ${element.textContent.trim()}`);
  }
  help.hidden = false;

  // Who dictates or leans on the keys turns them off, for this browser.
  const kept = "shortcuts";
  try {
    isOn.checked = localStorage.getItem(kept) !== "off";
    isOn.addEventListener("change", () => localStorage.setItem(kept, isOn.checked ? "on" : "off"));
  } catch { /* a browser that keeps nothing asks anew on each page */ }

  document.addEventListener("keydown", (event) => {
    if (!isOn.checked || event.defaultPrevented || event.repeat || event.isComposing) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
    // By the key's place: in a Russian or Kazakh layout it writes another letter.
    const found = wanted.find((each) => event.code === `Key${each.dataset.shortcut.toUpperCase()}`);
    if (!found) return;
    event.preventDefault();
    if (found.href || "shortcutPress" in found.dataset) found.click();
    else location.assign(found.form.action);
  });
})();
