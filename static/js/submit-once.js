// form[data-submit-once]: its buttons go quiet once it is sent, and come back when the page does.
const buttonsOf = (form) => form.querySelectorAll("button:not([type='button']), input[type='submit']");

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("[data-submit-once]")) return;
  // After this turn: a button that is disabled now would drop its own name and value from the form.
  setTimeout(() => {
    for (const button of buttonsOf(form)) button.disabled = true;
    form.setAttribute("aria-busy", "true");
  });
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-submit-once][aria-busy]")) {
    for (const button of buttonsOf(form)) button.disabled = false;
    form.removeAttribute("aria-busy");
  }
});
