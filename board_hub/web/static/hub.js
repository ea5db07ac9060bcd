// Refreshes the parts of a page marked data-live, every few seconds, from the page itself; a button pauses it.
"use strict";
(() => {
  const bar = document.querySelector("[data-refresh]");
  if (!bar) return;
  const word = bar.querySelector("[data-refresh-word]");
  const button = bar.querySelector("[data-refresh-pause]");
  const every = Number(bar.dataset.refresh) * 1000;
  let paused = false;
  let timer = 0;

  // Whoever is on a link or has marked text in a part must not lose it.
  const inUse = (part) =>
    part.contains(document.activeElement) ||
    (!getSelection().isCollapsed && getSelection().containsNode(part, true));

  const keys = (part) => new Set([...part.querySelectorAll("[data-key]")].map((row) => row.dataset.key));

  const swap = (old, fresh) => {
    if (!fresh || old.innerHTML === fresh.innerHTML || inUse(old)) return;
    const before = keys(old);
    old.replaceChildren(...fresh.childNodes);
    if (before.size === 0) return;
    for (const row of old.querySelectorAll("[data-key]")) row.classList.toggle("is-new", !before.has(row.dataset.key));
  };

  const say = (text) => {
    word.textContent = text;
  };

  const refresh = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (paused) return;
      for (const part of document.querySelectorAll("[data-live]")) swap(part, page.getElementById(part.id));
      say("Updated every 5 seconds");
    } catch {
      say("The hub does not answer; trying again");
    }
  };

  const go = async () => {
    await refresh();
    if (!paused) timer = setTimeout(go, every);
  };

  button.addEventListener("click", () => {
    paused = !paused;
    clearTimeout(timer);
    button.textContent = paused ? "Resume" : "Pause";
    say(paused ? "Updates paused" : "Updated every 5 seconds");
    if (!paused) go();
  });

  bar.hidden = false;
  timer = setTimeout(go, every);
})();
