// [data-menu-toggle="id"] opens and closes that element; details[data-menu] closes on Escape and on a press elsewhere.
document.addEventListener("click", (event) => {
  const toggle = event.target.closest("[data-menu-toggle]");
  if (toggle) {
    const isOpen = document.getElementById(toggle.dataset.menuToggle).toggleAttribute("data-open");
    toggle.setAttribute("aria-expanded", String(isOpen));
  }
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
