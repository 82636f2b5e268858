// [data-copy="text"] copies it; [data-copy-from="id"] copies that element's text. The words of data-copy-done appear.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const source = button.dataset.copy || document.getElementById(button.dataset.copyFrom).textContent.trim();
  try {
    await navigator.clipboard.writeText(source);
  } catch {
    return; // The text stands on the page and can be marked by hand.
  }
  const label = button.querySelector("[data-copy-label]") || button;
  const words = label.textContent;
  label.textContent = button.dataset.copyDone || words;
  setTimeout(() => (label.textContent = words), 2000);
});
