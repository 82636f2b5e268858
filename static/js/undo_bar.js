// [data-undo-bar]: goes when its countdown is over, and leaves its space: nothing below it moves under a hand that is
// about to press. The server refuses a late press anyway.
function hide(bar) {
  bar.toggleAttribute("data-undo-over", true);
  bar.inert = true;
}

document.addEventListener("countdown-over", ({ target }) => {
  const bar = target.closest("[data-undo-bar]");
  if (bar) hide(bar);
});
for (const bar of document.querySelectorAll("[data-undo-bar]:has([data-countdown-ended])")) hide(bar);
