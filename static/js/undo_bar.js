// [data-undo-bar]: goes when its countdown is over, and leaves its space: nothing below it moves under a hand that is
// about to press. The server refuses a late press anyway.
for (const bar of document.querySelectorAll("[data-undo-bar]")) {
  const hide = () => {
    bar.toggleAttribute("data-undo-over", true);
    bar.inert = true;
  };
  bar.addEventListener("countdown-over", hide);
  if (bar.querySelector("[data-countdown-ended]")) hide();
}
