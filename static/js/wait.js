// form[data-wait]: its button rests until the countdown beside it is over. The server refuses an early press anyway.
for (const form of document.querySelectorAll("form[data-wait]")) {
  const countdown = form.querySelector("[data-countdown]");
  const button = form.querySelector("button");
  if (!countdown || countdown.hasAttribute("data-countdown-ended")) continue;
  button.disabled = true;
  form.addEventListener("countdown-over", () => (button.disabled = false));
}
