// form[data-autosubmit]: sent when a choice in it changes. A button inside <noscript> or .no-js serves the others.
document.addEventListener("change", (event) => {
  event.target.closest("form[data-autosubmit]")?.requestSubmit();
});
