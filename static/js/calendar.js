// The calendar without a mouse: arrows go from slot to slot, letters press the links that carry them (data-key).
// One cell at a time takes part in the order of Tab. Off while somebody types, with modifiers, and under a dialog.
const table = document.querySelector("[data-calendar]");
const cells = [...(table?.querySelectorAll("[data-cell]") ?? [])].map((link) => {
  const box = link.closest("td");
  const beside = [...box.querySelectorAll("[data-cell]")];
  return { link, row: box.parentElement.rowIndex, column: box.cellIndex, place: beside.indexOf(link) };
});

const choose = (chosen) => cells.forEach((cell) => (cell.link.tabIndex = cell === chosen ? 0 : -1));

const go = (cell) => {
  if (!cell) return;
  choose(cell);
  cell.link.focus();
};

const order = (one, other) => one.row - other.row || one.place - other.place;

const along = (from, step) => {
  const column = cells.filter((cell) => cell.column === from.column).sort(order);
  return column[column.indexOf(from) + step];
};

// The nearest column of the row that has a cell; in it the one at the same place, or the last.
const across = (from, step) => {
  const row = cells.filter((cell) => cell.row === from.row && (cell.column - from.column) * step > 0);
  const nearest = Math.min(...row.map((cell) => Math.abs(cell.column - from.column)));
  const box = row.filter((cell) => Math.abs(cell.column - from.column) === nearest);
  return box.find((cell) => cell.place === from.place) ?? box.at(-1);
};

const ends = (from, step) => {
  const row = cells.filter((cell) => cell.row === from.row && cell.place === from.place);
  return step < 0 ? row[0] : row.at(-1);
};

const STEPS = {
  ArrowUp: (from) => along(from, -1),
  ArrowDown: (from) => along(from, 1),
  ArrowLeft: (from) => across(from, -1),
  ArrowRight: (from) => across(from, 1),
  Home: (from) => ends(from, -1),
  End: (from) => ends(from, 1),
};

choose(cells.find((cell) => cell.link.closest(".calendar-today") ?? cell.link.matches(".calendar-today")) ?? cells[0]);
table?.addEventListener("focusin", ({ target }) => {
  const cell = cells.find(({ link }) => link === target);
  if (cell) choose(cell);
});

const toggleKeys = () => {
  const sheet = document.querySelector("[data-calendar-keys]");
  sheet.open = !sheet.open;
};

const isTyping = (element) => element.matches("textarea, select, input:not([type=checkbox]), [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]") || isTyping(event.target)) return;
  const from = cells.find(({ link }) => link === document.activeElement);
  if (STEPS[event.key]) {
    // From anywhere else arrows scroll, as they do everywhere; from the page itself they enter the calendar.
    if (!from && document.activeElement !== document.body) return;
    event.preventDefault();
    go(from ? STEPS[event.key](from) : cells.find(({ link }) => link.tabIndex === 0));
    return;
  }
  if (event.repeat) return;
  if (event.key === "?") toggleKeys();
  else document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)?.click();
});

document.addEventListener("click", ({ target }) => target.closest("[data-print]") && window.print());
