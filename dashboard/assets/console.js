// Everything works without this file: it copies, and steps aside where htmx cannot show an answer.
"use strict";

(() => {
  // A refusal that htmx would not show is asked for again in the browser's own way, and so fills the page. A form that
  // must not be sent twice, since each time counts, shows the refusal in its own place.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (xhr.status < 400) {
      return;
    }
    event.detail.isError = false;
    const form = requestConfig.elt;
    if (form.dataset.once !== undefined && xhr.responseText.includes('id="outcome"')) {
      event.detail.shouldSwap = true;
    } else if (form instanceof HTMLFormElement) {
      form.submit();
    }
  });

  // Whoever pressed a button that is gone goes on from what came in its stead.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (document.activeElement === document.body) {
      event.detail.elt.focus({ preventScroll: true });
    }
  });

  // A form that is done once is sent once. The gateway sees to it too; this only spares a second press.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.querySelector('input[name="once"]') === null) {
      return;
    }
    if (form.dataset.sent !== undefined) {
      event.preventDefault();
    }
    form.dataset.sent = "";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
    }
  });

  // What can be copied has a button, where there are scripts.
  document.documentElement.classList.add("scripted");
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (button === null) {
      return;
    }
    const label = button.firstChild;
    const before = label.textContent;
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      label.textContent = "Copied";
    } catch {
      label.textContent = "Not copied";
    }
    button.addEventListener("blur", () => { label.textContent = before; }, { once: true });
  });
})();
