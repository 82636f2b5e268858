// form[data-forget-kept]: before it is sent (signing out), what this browser keeps of anybody is removed.
// Any other element with data-forget-kept: removed at once, for what was kept has been decided elsewhere.
import { forgetAll } from "./kept.js";

const PATIENCE_MS = 1000;
const forgotten = () => Promise.race([forgetAll(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("form[data-forget-kept]")) return;
  event.preventDefault();
  await forgotten();
  form.submit();
});

if (document.querySelector("[data-forget-kept]:not(form)")) forgotten();
