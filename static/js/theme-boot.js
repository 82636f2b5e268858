// Runs before the first paint: the stored theme is set, so nothing flashes. The Django admin keeps the same key.
(() => {
  const root = document.documentElement;
  root.dataset.js = "";
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    // Storage is blocked: the system's wish stands.
  }
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
})();
