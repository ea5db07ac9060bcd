// What the pages do beyond plain HTML: pause the refresh of live parts, close folded menus, go to the errors of a form.
"use strict";
(() => {
  document.documentElement.classList.replace("no-js", "js");

  // Menus in the head close when one goes elsewhere or presses Escape.
  const folds = () => document.querySelectorAll("details[data-fold][open]");
  const closeAll = (but) => folds().forEach((one) => { if (one !== but) one.open = false; });
  document.addEventListener("click", (event) => closeAll(event.target.closest("details[data-fold]")));
  document.addEventListener("focusin", (event) => closeAll(event.target.closest("details[data-fold]")));
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && folds()[0];
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  // A form that came back with errors says so at once.
  document.getElementById("errors")?.focus();

  const bar = document.querySelector("[data-live-bar]");
  if (!bar) return;
  const words = bar.querySelector("[data-live-words]");
  const button = bar.querySelector("[data-live-pause]");
  const isLive = (event) => event.target.closest?.("[data-live]");
  let paused = false;
  bar.hidden = false;

  const say = (key) => {
    if (words.textContent !== words.dataset[key]) words.textContent = words.dataset[key];
  };
  button.addEventListener("click", () => {
    paused = !paused;
    say(paused ? "off" : "on");
    button.textContent = paused ? button.dataset.off : button.dataset.on;
  });

  // Whoever has marked text in a part must not lose it; what nobody sees need not be fetched.
  const isMarked = (part) => !getSelection().isCollapsed && getSelection().containsNode(part, true);
  document.addEventListener("htmx:before:request", (event) => {
    const part = isLive(event);
    if (part && (paused || document.hidden || isMarked(part))) event.preventDefault();
  });
  document.addEventListener("htmx:before:swap", (event) => {
    if (!isLive(event)) return;
    const status = event.detail.ctx.response?.status ?? 0;
    if (paused || status >= 400) event.preventDefault();
    say(paused ? "off" : status >= 400 ? "lost" : "on");
    known = new Set(keyed().map((row) => row.dataset.key));
  });
  // A row that was not there before is shown as new for a moment.
  let known = new Set();
  const keyed = () => [...document.querySelectorAll("[data-live] [data-key]")];
  document.addEventListener("htmx:after:swap", () => {
    for (const row of keyed()) row.classList.toggle("is-new", known.size > 0 && !known.has(row.dataset.key));
  });
  document.addEventListener("htmx:error", (event) => {
    if (isLive(event)) say("lost");
  });
})();
