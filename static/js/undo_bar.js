// [data-undo-bar]: goes when its countdown is over. The server refuses a late press anyway.
for (const bar of document.querySelectorAll("[data-undo-bar]")) {
  const hide = () => (bar.hidden = true);
  bar.addEventListener("countdown-over", hide);
  if (bar.querySelector("[data-countdown-ended]")) hide();
}
