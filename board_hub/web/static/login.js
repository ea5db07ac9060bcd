// The sign-in page: what one types leaves only the providers whose name has it; the list alone works without this.
"use strict";
(() => {
  const box = document.querySelector("[data-narrows]");
  if (!box) return;
  const list = document.getElementById(box.dataset.narrows);
  const none = document.getElementById("narrows-none");
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  box.hidden = false;
  box.querySelector("input").addEventListener("input", (event) => {
    const wanted = plain(event.target.value.trim());
    let shown = 0;
    list.querySelectorAll("[data-words]").forEach((one) => {
      one.hidden = !plain(one.dataset.words).includes(wanted);
      shown += !one.hidden;
    });
    list.querySelectorAll("section").forEach((one) => { one.hidden = !one.querySelector("[data-words]:not([hidden])"); });
    none.hidden = shown > 0;
  });
})();
