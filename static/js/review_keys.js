// The review without a mouse: keys press the buttons that carry them (data-key) and steer the player.
// Off while somebody types, with modifiers, and under a dialog.
const tell = (name, detail) =>
  document.querySelector("[data-player]")?.dispatchEvent(new CustomEvent(`player:${name}`, { detail }));
const showSheet = () => document.querySelector("[data-key-sheet]")?.showModal();

const STEERING = {
  " ": () => tell("toggle"),
  j: () => tell("skip", -5),
  l: () => tell("skip", 5),
  ArrowLeft: () => tell("skip", -2),
  ArrowRight: () => tell("skip", 2),
  "[": () => tell("speed", -1),
  "]": () => tell("speed", 1),
  "?": showSheet,
};

const isTyping = (element) => element.matches("textarea, select, input:not([type=checkbox]), [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (document.querySelector("dialog[open]") || isTyping(event.target)) return;
  // Space on a button or a tick box does what it does everywhere.
  if (event.key === " " && event.target.matches("button, input, summary, a")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (STEERING[key]) {
    event.preventDefault();
    STEERING[key]();
    return;
  }
  const button = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
});

// What asks to be confirmed leads the keyboard to its button: K, Enter. The event does not bubble.
document.addEventListener(
  "toggle",
  ({ target }) => target.matches("details[data-confirm]") && target.open && target.querySelector("button").focus(),
  { capture: true },
);

document.addEventListener("click", ({ target }) => target.closest("[data-key-sheet-open]") && showSheet());
